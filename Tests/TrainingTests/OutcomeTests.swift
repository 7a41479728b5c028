import CLIPCore
import Checkpoint
import Experiments
import Foundation
import PEFT
import TensorCore
import TestSupport
import Testing
import Training
import TrainingTestSupport

/// Averages, teachers, the choice of an epoch and of the head's start: each does what it says, and a continued run ends with
/// the same bits.
@Suite("What a run is held to and ends with")
struct OutcomeTests {
  private let tiny: TinyTraining

  init() throws { tiny = try TinyTraining() }

  private func result(_ name: String) throws -> TrainingResult {
    try #require(try RunFolder(tiny.folder.file(name)).record().result)
  }

  private static let kinds: [(name: String, change: @Sendable (inout FineTuningSettings) -> Void)] = [
    ("ema", { $0.averaging.ema = 0.7 }),
    ("beta", { $0.averaging.beta = 0.5 }),
    (
      "teacher-start",
      {
        $0.objective.distillLogits = 0.5
        $0.objective.temperature = 2
        $0.objective.distillFeatures = 3
      }
    ),
    (
      "teacher-average",
      {
        $0.averaging.ema = 0.9
        $0.teacher.name = .average
        $0.objective.distillLogits = 1
      }
    ),
    (
      "mixup",
      {
        $0.augmentation?.mixup = 0.8
        $0.augmentation?.cutmix = 1
        $0.objective.labelSmoothing = 0.1
      }
    ),
    (
      "mixed-parts",
      {
        $0.augmentation?.mixup = 0.8
        $0.batch.micro = 3
      }
    ),
    ("patches", { $0.augmentation?.patchDropout = 0.5 }),
    ("l2-sp", { $0.objective.l2Sp = 0.5 }),
    (
      "margin",
      {
        $0.objective.margin = 0.3
        $0.averaging.beta = 0.5
        $0.head.frozen = true
      }
    ),
    (
      "best",
      {
        $0.selection.epoch = .best
        $0.schedule.epochs = 4
      }
    ),
    (
      "patient",
      {
        $0.selection.patience = 1
        $0.schedule.epochs = 6
      }
    ),
    ("random", { $0.head.start = .random }),
    (
      "probe",
      {
        $0.head.start = .probe
        $0.head.frozen = true
      }
    ),
    (
      "smoothed",
      {
        $0.objective.labelSmoothing = 0.2
        $0.optimizer.clipNorm = nil
      }
    ),
  ]

  @Test("A continued run ends with the same bits", arguments: kinds.map(\.name), ["full", "lora"])
  func resume(kind: String, method: String) throws {
    let change = try #require(Self.kinds.first { $0.name == kind }).change
    let whole = try tiny.run(method, name: "whole", change: change)
    let parts = try tiny.run(method, name: "parts", stoppingAt: [1, 3, 5], change: change)
    #expect(Set(whole.names) == Set(parts.names))
    for name in whole.names { #expect(whole[name]?.array == parts[name]?.array, "\(name)") }
    #expect(try result("whole").bestEpoch == result("parts").bestEpoch)
    #expect(try result("whole").valTop1 == result("parts").valTop1)
    _ = try LoadedRun.load(RunFolder(tiny.folder.file("parts")))
  }

  @Test(
    "Both towers by CLIP's own loss: a continued run ends with the same bits, and every weight of both trains",
    arguments: ["full", "lora"])
  func contrastive(method: String) throws {
    func run(_ name: String, stops: [Int] = []) throws -> StateDict {
      let job = try tiny.job(method, name: name, towers: [.vision, .text]) {
        $0.objective.name = .contrastive
        $0.objective.positives = name == "class" ? .sameClass : .own
      }
      for (number, stop) in stops.enumerated() {
        _ = try job.run(resuming: number > 0, observer: TinyTraining.observer(stoppingAt: stop))
      }
      _ = try job.run(resuming: !stops.isEmpty)
      return try SafetensorsFile(url: job.folder.tunedFile).stateDict()
    }
    let (whole, parts, other) = (try run("whole"), try run("parts", stops: [2, 4]), try run("class"))
    for name in whole.names { #expect(whole[name]?.array == parts[name]?.array, "\(name)") }
    #expect(whole.names.contains { whole[$0]?.array != other[$0]?.array })
    #expect(!whole.names.contains { $0.hasPrefix("classification_head") })
    #expect(whole.names.contains("visual.proj") == (method == "full"))
    #expect(whole.names.contains { $0.hasPrefix("transformer.") })
    let losses = RunFolder(tiny.folder.file("whole")).metrics(FineTuner.EpochMetrics.self).flatMap(
      \.stepLosses)
    #expect(losses.allSatisfy { $0.isFinite })
  }

  @Test("Captions need a text tower, and what has no effect on them is refused")
  func contrastiveAlone() throws {
    let changes: [@Sendable (inout FineTuningSettings) -> Void] = [
      { _ in }, { $0.objective.margin = 1 }, { $0.augmentation?.mixup = 1 }, { $0.batch.micro = 2 },
    ]
    for change in changes {
      #expect(throws: TrainingError.self) {
        try tiny.job("full", name: "bad") {
          $0.objective.name = .contrastive
          change(&$0)
        }.run()
      }
    }
  }

  @Test("Each changes what is learned", arguments: kinds.map(\.name))
  func effect(kind: String) throws {
    guard !["best", "patient"].contains(kind) else { return }
    let change = try #require(Self.kinds.first { $0.name == kind }).change
    let plain = try tiny.run("full", name: "plain")
    let other = try tiny.run("full", name: kind, change: change)
    let changed = other.names.filter { plain[$0]?.array != other[$0]?.array }
    #expect(!changed.isEmpty)
  }

  @Test("Micro-batches of a mixed batch add up to the batch")
  func mixedParts() throws {
    func losses(_ micro: Int?) throws -> [Float] {
      let name = "parts-\(micro ?? 0)"
      _ = try tiny.run("full", name: name) {
        $0.augmentation?.mixup = 1
        $0.augmentation?.cutmix = 1
        $0.batch.size = 8
        $0.batch.micro = micro
        $0.optimizer.lr = 1e-3
      }
      return RunFolder(tiny.folder.file(name)).metrics(FineTuner.EpochMetrics.self).flatMap(\.stepLosses)
    }
    let whole = try losses(nil)
    for micro in [1, 3] { expectClose(try losses(micro), whole, absolute: 0, relative: 1e-3) }
  }

  @Test("An exponential average of share 0 is the last weights; one of nearly 1 stays where it began")
  func averages() throws {
    let last = try tiny.run("full", name: "last")
    let none = try tiny.run("full", name: "none") { $0.averaging.ema = 0 }
    for name in last.names {
      expectClose(none[name]?.array ?? [], last[name]?.array ?? [], absolute: 1e-6, relative: 1e-6)
    }
    let start = try LoadedRun.load(RunFolder(tiny.folder.file("last"))).record.model.path
    let still = try tiny.run("full", name: "still") { $0.averaging.ema = 0.999999 }
    let model = try PretrainedModel.load(URL(fileURLWithPath: start))
    let weight = "visual.transformer.resblocks.0.mlp.c_fc.weight"
    expectClose(
      still[weight]?.array ?? [], model.clip.store[weight]?.value.array ?? [], absolute: 1e-5, relative: 0)
  }

  @Test("The best epoch's weights and accuracy are the run's, chosen on validation images")
  func best() throws {
    _ = try tiny.run("full", name: "best") {
      $0.selection.epoch = .best
      $0.schedule.epochs = 6
      $0.optimizer.lr = 0.05
    }
    let metrics = RunFolder(tiny.folder.file("best")).metrics(FineTuner.EpochMetrics.self)
    let accuracies = metrics.compactMap(\.valTop1)
    let highest = try #require(accuracies.max())
    let chosen = try result("best")
    #expect(chosen.valTop1 == highest)
    #expect(chosen.bestEpoch == (accuracies.firstIndex(of: highest) ?? -1) + 1)
  }

  @Test("Training ends when the accuracy has not become better for as long as is waited")
  func patience() throws {
    _ = try tiny.run("linear", name: "patient") {
      $0.selection.patience = 2
      $0.schedule.epochs = 50
      $0.optimizer.lr = 1e-9
    }
    // The first epoch is the best of equals.
    #expect(try result("patient").epochs == 3)
  }

  @Test("A probe needs no step, and its accuracy on what it was fitted to is the best a head can have")
  func probe() throws {
    let zeroShot = try tiny.job("linear", name: "steps") {
      $0.schedule.epochs = 1
      $0.optimizer.lr = 1e-9
    }
    let before = try zeroShot.run().result
    let job = try tiny.job("linear", name: "probe") {
      $0.schedule.epochs = 0
      $0.head.start = .probe
    }
    let record = try job.run()
    #expect(record.result?.steps == 0 && record.result?.trainLoss == nil)
    #expect((record.result?.valTop1 ?? 0) >= (before?.valTop1 ?? 1))
    let run = try LoadedRun.load(job.folder)
    #expect(run.record.parameters.head > 0)
  }

  @Test("A frozen head stays the zero-shot head, bit for bit")
  func frozenHead() throws {
    let tuned = try tiny.run("full", name: "frozen") { $0.head.frozen = true }
    #expect(!tuned.names.contains("classification_head.weight") && tuned.names.contains("visual.proj"))
  }

  @Test(
    "Settings that contradict each other are refused",
    arguments: [
      { $0.averaging = AveragingSettings(ema: 0.5, beta: 0.5) },
      { $0.averaging.ema = 1 }, { $0.schedule.epochs = .max }, { $0.batch.size = .max },
      { $0.batch.micro = .max }, { $0.schedule.warmupEpochs = 1e30 }, { $0.schedule.warmupSteps = .max },
      {
        $0.teacher.name = .average
        $0.objective.distillLogits = 1
      },
      { $0.objective.labelSmoothing = 1 }, { $0.selection.patience = 0 }, { $0.schedule.epochs = 0 },
      { $0.optimizer.layerDecay = 0 }, { $0.optimizer.headLr = -1 }, { $0.augmentation?.patchDropout = 1 },
      { $0.augmentation?.mixup = -1 },
    ] as [@Sendable (inout FineTuningSettings) -> Void])
  func refused(change: @Sendable (inout FineTuningSettings) -> Void) throws {
    #expect(throws: (any Error).self) { try tiny.job("full", name: "bad", change: change).run() }
    #expect(!RunFolder(tiny.folder.file("bad")).exists)
  }
}
