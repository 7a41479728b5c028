import CLIPCore
import Checkpoint
import Experiments
import Foundation
import NN
import PEFT
import TensorCore
import TestSupport
import Testing
import Training
import TrainingTestSupport

/// What objectives add to a batch's own cost, and the factor on similarities: each acts, continues with the same bits, and is
/// refused where it would do nothing.
@Suite("Terms of an objective")
struct ObjectiveTermTests {
  private let tiny: TinyTraining

  init() throws { tiny = try TinyTraining() }

  typealias Change = @Sendable (inout FineTuningSettings) -> Void

  private static let ofImages: [(name: String, change: Change)] = [
    ("random texts", { $0.objective.randomTextEnergy = 0.05 }),
    ("contexts", { $0.objective.contextDivergence = 2 }),
    ("orthogonality", { $0.objective.orthogonality = 0.5 }),
    ("product", { $0.objective.projectionProduct = 0.5 }),
    (
      "AdamSPD",
      {
        $0.optimizer.name = .adamSPD
        $0.optimizer.weightDecay = 0.9
      }
    ),
  ]

  private static let ofBoth: [(name: String, change: Change)] = [
    ("trained scale", { $0.objective.logitScale = .trained }),
    ("margin", { $0.objective.negativeMargin = 0.1 }),
    ("smoothing", { $0.objective.labelSmoothing = 0.1 }),
    (
      "CaRot",
      {
        $0.objective.logitScale = .trained
        $0.objective.orthogonality = 0.2
        $0.objective.distillLogits = 1.5
        $0.teacher.name = .average
        $0.averaging = AveragingSettings(
          ema: 0.9, emaStart: 0.05, emaWarmupShare: 0.5, every: 2, teacherOnly: true)
      }
    ),
  ]

  @Test(
    "One for images changes what is learned, and a continued run ends with the same bits",
    arguments: ofImages.map(\.name), ["full", "lora"])
  func images(name: String, method: String) throws {
    let change = try #require(Self.ofImages.first { $0.name == name }).change
    let plain = try tiny.run(method, name: "plain") { $0.optimizer.weightDecay = 0 }
    let whole = try tiny.run(method, name: "whole", change: change)
    let parts = try tiny.run(method, name: "parts", stoppingAt: [1, 4], change: change)
    for name in whole.names { #expect(whole[name]?.array == parts[name]?.array, "\(name)") }
    #expect(whole.names.contains { whole[$0]?.array != plain[$0]?.array })
    // The text tower of training is not the run's: its head is its own.
    #expect(whole.names.allSatisfy { $0.hasPrefix("visual.") || $0.hasPrefix("classification_head.") })
    _ = try LoadedRun.load(RunFolder(tiny.folder.file("parts")))
  }

  @Test(
    "One for images and captions changes what is learned, and a continued run ends with the same bits",
    arguments: ofBoth.map(\.name))
  func both(name: String) throws {
    let change = try #require(Self.ofBoth.first { $0.name == name }).change
    func run(_ name: String, stops: [Int] = [], _ change: Change) throws -> StateDict {
      try tiny.run("full", name: name, stoppingAt: stops, towers: [.vision, .text]) {
        $0.objective.name = .contrastive
        change(&$0)
      }
    }
    let plain = try run("plain") { _ in }
    let (whole, parts) = (try run("whole", change), try run("parts", stops: [1, 4], change))
    for name in whole.names { #expect(whole[name]?.array == parts[name]?.array, "\(name)") }
    #expect(whole.names.contains { whole[$0]?.array != plain[$0]?.array })
  }

  @Test(
    "A trained factor on similarities is logged by epoch, interpolated in its logarithm, and written into the model"
  )
  func scale() throws {
    let tuned = try tiny.run("full", name: "run", towers: [.vision, .text]) {
      $0.objective.name = .contrastive
      $0.objective.logitScale = .trained
    }
    let folder = RunFolder(tiny.folder.file("run"))
    let start = try tiny.model().clip.logitScale.value.item
    let end = try #require(tuned["logit_scale"]).item
    #expect(abs(end - start) > 1e-3)
    let logged = folder.metrics(FineTuner.EpochMetrics.self).map(\.similarityScale)
    #expect(logged.count == 2 && logged.last == .some(.some(exp(end))))

    let run = try LoadedRun.load(folder)
    _ = try run.path.move(to: 0.5)
    let half = run.path.classifier.plainState()["logit_scale"]?.item ?? 0
    #expect(abs(half - (start + end) / 2) < 1e-6)
    // Class weights have the factor's length.
    let lengths = run.path.classifier.headWeight.value.array.reduce(0) { $0 + $1 * $1 } / 3
    expectClose([lengths.squareRoot()], [exp(half)], absolute: 0, relative: 1e-5)

    let place = tiny.folder.file("exported")
    try ExportJob(run: run, alpha: 1, place: place).execute()
    #expect(try PretrainedModel.load(place).clip.logitScale.value.item == end)
  }

  @Test("A clamped factor never is above 100, and one that is trained may be")
  func clamp() throws {
    func end(_ kind: ObjectiveSettings.LogitScale) throws -> Float {
      let model = try tiny.model()
      model.clip.logitScale.assign(Tensor(scalar: log(150)))
      let place = tiny.folder.file("model-\(kind.rawValue)")
      try model.save(to: place)
      let job = try tiny.job(
        "full", name: kind.rawValue, towers: [.vision, .text], model: PretrainedModel.load(place)
      ) {
        $0.objective.name = .contrastive
        $0.objective.logitScale = kind
        $0.optimizer.lr = 0.05
        $0.schedule.epochs = 2
      }
      _ = try job.run()
      let scales = job.folder.metrics(FineTuner.EpochMetrics.self).compactMap(\.similarityScale)
      #expect(scales.count == 2)
      return scales.max() ?? 0
    }
    #expect(try end(.clamped) <= 100.001)
    #expect(try end(.trained) > 101)
  }

  @Test("An average that only teaches leaves the run's weights alone")
  func teacherOnly() throws {
    let plain = try tiny.run("full", name: "plain")
    let taught = try tiny.run("full", name: "taught") {
      $0.averaging = AveragingSettings(ema: 0.9, teacherOnly: true)
    }
    for name in plain.names { #expect(plain[name]?.array == taught[name]?.array, "\(name)") }
  }

  @Test(
    "A term about embeddings is refused where these stay as they are",
    arguments: ["coop", "taskres", "tip-adapter-f"])
  func embeddings(method: String) throws {
    let changes: [Change] = [
      { $0.objective.randomTextEnergy = 1 }, { $0.objective.distillFeatures = 1 },
      { $0.objective.contextDivergence = 1 },
    ]
    for change in changes {
      let error = #expect(throws: TrainingError.self) {
        let options = method == "coop" ? ["tokens": "4", "start": "random"] : [:]
        _ = try tiny.job(method, name: "bad", options: options, change: change).run()
      }
      #expect(error?.description.contains("is about embeddings of images") == true)
    }
  }

  @Test("An average that hardly moves, or teaches nobody, is said")
  func averageRemarks() throws {
    func remarks(_ change: Change) throws -> [String] {
      try tiny.job("full", name: "x", change: change).spec.settings.remarks(images: 11)
    }
    #expect(try remarks { $0.averaging.ema = 0.9 } == [])
    #expect(try remarks { $0.averaging = AveragingSettings(ema: 0.9, every: 6) }.count == 1)
    #expect(try remarks { $0.averaging = AveragingSettings(ema: 0.9, every: 5) } == [])
    #expect(try remarks { $0.averaging = AveragingSettings(ema: 0.9, teacherOnly: true) }.count == 1)
  }

  @Test("What would have no effect is refused, with what to do")
  func refusals() throws {
    let cases: [(method: String, words: String, change: Change)] = [
      ("full", "is of the objective contrastive", { $0.objective.logitScale = .trained }),
      ("full", "is of the objective contrastive", { $0.objective.negativeMargin = 0.1 }),
      (
        "full", "at most 10 tokens",
        {
          $0.objective.randomTextEnergy = 1
          $0.objective.randomTextLength = 11
        }
      ),
      ("full", "objective.random_texts is 0; give 1 to", { $0.objective.randomTexts = 0 }),
      (
        "full", "averaging.every",
        {
          $0.averaging.ema = 0.5
          $0.averaging.every = 0
        }
      ),
      ("full", "averaging.ema_start is 2.0; give 0 to 1", { $0.averaging.emaStart = 2 }),
    ]
    for (method, words, change) in cases {
      let error = #expect(throws: TrainingError.self) {
        try tiny.job(method, name: "bad", change: change).run()
      }
      #expect(error?.description.contains(words) == true, "\(words)")
    }
  }

  @Test(
    "Both towers' tuned weights are written as a plain model in either arithmetic",
    arguments: Precision.allCases)
  func export(precision: Precision) throws {
    try Compute.$taskPrecision.withValue(precision) {
      for method in ["full", "lora"] {
        _ = try tiny.run(method, name: method, towers: [.vision, .text]) { $0.objective.name = .contrastive }
        let run = try LoadedRun.load(RunFolder(tiny.folder.file(method)))
        try ExportJob(run: run, alpha: 1, place: tiny.folder.file("\(method)-model")).execute()
      }
    }
  }
}
