import CLIPCore
import Checkpoint
import Datasets
import Foundation
import ImageCodec
import NN
import PEFT
import Synchronization
import TensorCore
import TestSupport
import Testing
import Tokenizer
import Training

/// A run that is stopped and continued ends with the same bits as one that never was.
@Suite("Stopping and continuing a run")
struct ResumeTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test(
    "Final weights are bit-identical wherever the run was stopped",
    arguments: ["full", "linear", "lora", "ssf"])
  func resumedRunEqualsWhole(method: String) throws {
    let whole = try run(method, name: "whole", stoppingAt: [])
    let stopped = try run(method, name: "stopped", stoppingAt: [1, 4, 5])
    for name in whole.names {
      let (a, b) = (try #require(whole[name]), try #require(stopped[name]))
      #expect(a.bytes.elementsEqual(b.bytes), "\(name) differs")
    }
    #expect(whole.names == stopped.names)
  }

  @Test("The same seed gives the same bits, another seed others")
  func seeds() throws {
    let first = try run("lora", name: "first", stoppingAt: [])
    let again = try run("lora", name: "again", stoppingAt: [])
    let other = try run("lora", name: "other", stoppingAt: [], seed: 8)
    let name = "classification_head.weight"
    #expect(first[name]?.array == again[name]?.array)
    #expect(first[name]?.array != other[name]?.array)
  }

  @Test("Metrics hold every epoch once after a stop")
  func metrics() throws {
    _ = try run("full", name: "metrics", stoppingAt: [3])
    let lines = RunFolder(folder.file("metrics")).metrics(FineTuner.EpochMetrics.self)
    #expect(lines.map(\.epoch) == [1, 2])
    #expect(lines.allSatisfy { $0.stepLosses.count == 3 })
  }

  @Test("A folder that holds a run is not written over")
  func existingRun() throws {
    _ = try run("linear", name: "taken", stoppingAt: [])
    #expect(throws: TrainingError.self) { try job("linear", name: "taken", seed: 7).run() }
  }

  @Test("A damaged checkpoint is refused by name")
  func damagedCheckpoint() throws {
    let job = try job("lora", name: "damaged", seed: 7)
    _ = try job.run(observer: observer(stoppingAt: 2))
    try Data("nonsense".utf8).write(to: job.folder.checkpointFile)
    #expect(throws: CheckpointError.self) { try job.run(resuming: true) }
  }

  @Test(
    "At alpha 0 and 1 a loaded run gives its endpoints bit for bit",
    arguments: MethodRegistry.all.map { $0.name })
  func endpoints(method: String) throws {
    _ = try run(method, name: "ends", stoppingAt: [])
    let run = try LoadedRun.load(RunFolder(folder.file("ends")))
    for (alpha, end) in [(0.0, run.endpoints.pretrained), (1.0, run.endpoints.finetuned)] {
      let state = try run.endpoints.state(alpha: alpha)
      for (name, tensor) in end { #expect(state[name]?.array == tensor.array, "\(name) at alpha \(alpha)") }
    }
    #expect(run.endpoints.sharesTower == (method == "linear"))
  }

  /// Trains, stopping at each of the steps and continuing; the tuned weights.
  private func run(
    _ method: String, name: String, stoppingAt stops: [Int], seed: UInt64 = 7
  ) throws -> StateDict {
    let job = try job(method, name: name, seed: seed)
    for (number, stop) in stops.enumerated() {
      let record = try job.run(resuming: number > 0, observer: observer(stoppingAt: stop))
      #expect(record.status == .interrupted)
    }
    let record = try job.run(resuming: !stops.isEmpty)
    #expect(record.status == .finished)
    return try SafetensorsFile(url: job.folder.tunedFile).stateDict()
  }

  private func observer(stoppingAt step: Int) -> FineTuneJob.Observer {
    let done = StepCounter()
    var observer = FineTuneJob.Observer()
    observer.monitor = TrainingMonitor(
      onStep: { done.set($0.step) }, shouldStop: { done.value >= step })
    return observer
  }

  private func job(_ method: String, name: String, seed: UInt64) throws -> FineTuneJob {
    let request = TrainingDataRequest(dataset: "memory", seed: seed, dataRoot: "none")
    let images = try Self.images()
    return FineTuneJob(
      model: try model(), modelSource: "tiny",
      data: TrainingData(
        train: images, validation: images, validationSplit: "the same images", templates: ["a {}"]),
      request: request, method: try MethodRegistry.method(named: method),
      settings: FineTuningSettings(
        epochs: 2, batchSize: 4, learningRate: 1e-2, weightDecay: 0.01, dropPath: method == "full" ? 0.2 : 0,
        augmentation: method == "linear" ? nil : TrainAugmentation(scale: 0.5...1, flip: true), seed: seed),
      folder: RunFolder(folder.file(name)), programVersion: "test", commandLine: [])
  }

  /// A tiny model, written once to disk as runs refer to it.
  private func model() throws -> PretrainedModel {
    let place = folder.file("model")
    if FileManager.default.fileExists(atPath: place.path) { return try PretrainedModel.load(folder: place) }
    let tokenizer = try BPETokenizer.train(on: ["a red", "a green", "a blue"], vocabularySize: 600)
    func transformer(_ width: Int) -> TransformerConfig {
      TransformerConfig(width: width, layers: 2, heads: 2, mlpWidth: 2 * width, activation: .quickGELU)
    }
    let config = CLIPConfig(
      vision: VisionConfig(imageSize: 16, patchSize: 8, transformer: transformer(16)),
      text: TextConfig(
        contextLength: 12, vocabularySize: tokenizer.vocabularySize, transformer: transformer(12),
        pooling: .highestToken),
      embeddingWidth: 8)
    try PretrainedModel(
      clip: CLIP(config: config, seed: 1), tokenizer: tokenizer, preprocessing: .clip(size: 16), folder: place
    ).save(to: place)
    return try PretrainedModel.load(folder: place)
  }

  /// Eleven images of three colours, so that the last batch of an epoch is smaller.
  private static func images() throws -> InMemoryDataset {
    let names = ["red", "green", "blue"]
    let items = try (0..<11).map { index in
      var random = SeededRandom(3, UInt64(index))
      var pixels = (0..<20 * 20 * 3).map { _ in UInt8(random.int(below: 80)) }
      for pixel in 0..<400 { pixels[3 * pixel + index % 3] = 200 }
      return InMemoryDataset.Item(
        path: "\(index).png", label: index % 3,
        bytes: try ImageEncoder.png(PixelImage(width: 20, height: 20, pixels: pixels)))
    }
    return try InMemoryDataset(
      name: "memory", role: .target, classes: names.map { DatasetClass(id: $0, name: $0) }, items: items)
  }
}

private final class StepCounter: Sendable {
  private let step = Atomic<Int>(0)
  var value: Int { step.load(ordering: .relaxed) }
  func set(_ value: Int) { step.store(value, ordering: .relaxed) }
}
