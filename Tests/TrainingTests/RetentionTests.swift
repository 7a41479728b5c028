import Datasets
import EvalShift
import Experiments
import Foundation
import NN
import PEFT
import TensorCore
import Testing
import Training
import TrainingTestSupport

/// What fine-tuning does to zero-shot accuracy on other data.
@Suite("Retention")
struct RetentionTests {
  private let tiny: TinyTraining
  init() throws { tiny = try TinyTraining() }

  private static let classes = ["red", "green", "blue", "a blue"].map { DatasetClass(id: $0, name: $0) }

  private func job(
    _ method: String, options: [String: String] = [:], towers: Set<TowerKind> = [.vision],
    name: String = "elsewhere", alpha: Double = 1
  ) throws -> RetentionJob {
    let folder = RunFolder(tiny.folder.file(method))
    if !folder.exists { _ = try tiny.job(method, name: method, options: options, towers: towers).run() }
    let run = try LoadedRun.load(folder, textHead: .init(classes: Self.classes, templates: ["a {}"]))
    let images = try TinyTraining.images(count: 20, seed: 9)
    let set = try EvaluationSet(
      images, name: name, role: .shift, images: ImageReader().list(images), seen: nil,
      headClasses: Self.classes, competition: .full)
    return try RetentionJob(run: run, alpha: alpha, set: set, resampling: Resampling(rounds: 200))
  }

  /// What the run's path itself gives at an alpha.
  private func predictions(_ job: RetentionJob, alpha: Double) throws -> Predictions {
    let images = try PreparedDataset(
      dataset: job.set.dataset, preprocessing: job.run.record.model.preprocessing)
    let context = try job.run.path.move(to: alpha)
    let logits = job.run.path.classifier.logits(try images.batch(0..<20).images, context).value
    return try Predictions(logits: logits.array, targets: job.set.dataset.labels)
  }

  @Test("Before and after are the two ends of the run with the head made from text", arguments: [1, 0.5])
  func ends(alpha: Double) throws {
    let job = try job("full", alpha: alpha)
    #expect(job.work == 40)
    let score = try job.execute()
    let (before, after) = (try predictions(job, alpha: 0), try predictions(job, alpha: alpha))
    #expect(score.before.correct == before.correct && score.after.scores.correct == after.correct)
    let nll = try #require(NegativeLogLikelihood().value(of: after))
    #expect(abs((score.after.scores["nll"] ?? 0) - nll) < 1e-4)
    #expect(score.before["nll"] != score.after.scores["nll"] && score.before.classes == 4)
    #expect(abs(score.after.difference - (score.after.scores.top1 - score.before.top1)) < 1e-12)
    let pairs = zip(before.rows, after.rows).map { ($0.isCorrect, $1.isCorrect) }
    let test = McNemarTest(
      onlyFirst: pairs.count { $0 && !$1 }, onlySecond: pairs.count { !$0 && $1 })
    #expect(score.after.mcNemar == test.pValue)
    #expect(score.changed == .image && score.imageAlone == nil && score.alpha == alpha)
    let interval = try #require(score.after.differenceInterval)
    #expect(interval.lower <= score.after.difference && score.after.difference <= interval.upper)
  }

  @Test("Where text was tuned as well, the image side is told apart if it is plain weights")
  func sides() throws {
    let both = try job("lora", towers: [.text, .vision])
    #expect(both.work == 60)
    let score = try both.execute()
    #expect(score.changed == .both)
    let image = try #require(score.imageAlone)
    #expect(image.scores["nll"] != score.after.scores["nll"] && image.scores["nll"] != score.before["nll"])
    // The tuned image tower with the class weights of before, put together by hand.
    let path = try #require(both.run.path as? InterpolatedWeights)
    _ = try path.move(to: 1)
    let weights = try #require(path.endpoints.pretrained["classification_head.weight"])
    path.classifier.headWeight.assign(weights)
    let images = try PreparedDataset(
      dataset: both.set.dataset, preprocessing: both.run.record.model.preprocessing)
    let logits = path.classifier.logits(try images.batch(0..<20).images, .inference).value
    let expected = try Predictions(logits: logits.array, targets: both.set.dataset.labels)
    let nll = try #require(NegativeLogLikelihood().value(of: expected))
    #expect(abs((image.scores["nll"] ?? 0) - nll) < 1e-4)

    let mixed = try job("coop", options: ["tokens": "2", "start": "random"])
    let coop = try mixed.execute()
    #expect(coop.changed == .both && (coop.imageAlone == nil) == (mixed.work == 40))
  }

  @Test("A run keeps the scores of each dataset and alpha, and a file that is none is said")
  func kept() throws {
    let folder = RunFolder(tiny.folder.file("bitfit"))
    let first = try job("bitfit").execute()
    #expect(try folder.retention().isEmpty)
    try folder.keep([first])
    let (half, other) = (
      try job("bitfit", alpha: 0.5).execute(), try job("bitfit", name: "other").execute()
    )
    try folder.keep([half, other])
    #expect(try folder.retention() == [first, half, other])
    // The same again stands in the place of the former.
    try folder.keep([first])
    #expect(try folder.retention() == [half, other, first])
    try Data("[{}]".utf8).write(to: folder.retentionFile)
    let error = #expect(throws: TrainingError.self) { try folder.keep([first]) }
    #expect(error?.description.contains("retention.json") == true)
  }

  @Test("Alpha 0, and a run with its own head, are refused")
  func refused() throws {
    #expect(throws: TrainingError.self) { try job("linear", alpha: 0) }
    let own = try LoadedRun.load(RunFolder(tiny.folder.file("linear")))
    let set = try job("linear").set
    #expect(throws: TrainingError.self) { try RetentionJob(run: own, alpha: 1, set: set) }
  }
}
