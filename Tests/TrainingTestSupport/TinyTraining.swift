import CLIPCore
import Checkpoint
import Datasets
import Experiments
import Foundation
import ImageCodec
import NN
import PEFT
import Synchronization
import TensorCore
import TestSupport
import Tokenizer
import Training

/// A model and images so small that a fine-tuning run takes milliseconds, in a folder of their own.
public struct TinyTraining {
  public let folder: TemporaryFolder

  public init() throws { folder = try TemporaryFolder() }

  /// Trains, stopping at each of the steps and continuing; the tuned weights.
  public func run(
    _ method: String, name: String, stoppingAt stops: [Int] = [], seed: UInt64 = 7,
    options: [String: String] = [:], towers: Set<TowerKind> = [.vision],
    change: (inout FineTuningSettings) -> Void = { _ in }
  ) throws -> StateDict {
    let job = try job(method, name: name, seed: seed, options: options, towers: towers, change: change)
    for (number, stop) in stops.enumerated() {
      let record = try job.run(resuming: number > 0, observer: Self.observer(stoppingAt: stop))
      guard record.status == .interrupted else { throw UnexpectedStatus(status: record.status) }
    }
    let record = try job.run(resuming: !stops.isEmpty)
    guard record.status == .finished else { throw UnexpectedStatus(status: record.status) }
    return try SafetensorsFile(url: job.folder.tunedFile).stateDict()
  }

  public static func observer(stoppingAt step: Int) -> FineTuneJob.Observer {
    let done = StepCounter()
    var observer = FineTuneJob.Observer()
    observer.monitor = TrainingMonitor(
      onStep: { done.set($0.step) }, shouldStop: { done.value >= step })
    return observer
  }

  public func job(
    _ method: String, name: String, seed: UInt64 = 7, options: [String: String] = [:],
    towers: Set<TowerKind> = [.vision], model given: PretrainedModel? = nil,
    change: (inout FineTuningSettings) -> Void = { _ in }
  ) throws -> FineTuneJob {
    let (train, validation) = (try Self.images(), try Self.images(count: 6, seed: 4))
    var settings = FineTuningSettings(
      optimizer: OptimizerSettings(lr: 1e-2, weightDecay: 0.01), schedule: ScheduleSettings(epochs: 2),
      batch: BatchSettings(size: 4),
      augmentation: method == "linear"
        ? nil : AugmentationSettings(image: TrainAugmentation(scale: 0.5...1, flip: true)),
      dropPath: method == "full" ? 0.2 : 0, seeds: TrainingSeeds(seed))
    change(&settings)
    let made = try MethodRegistry.method(named: method, options: options)
    let spec = RunSpec(
      model: "tiny", data: TrainingDataRequest(dataset: "memory", dataRoot: "none"),
      method: .init(name: method, options: made.optionValues, towers: .init(towers)), settings: settings,
      precision: Compute.precision)
    return try FineTuneJob(
      spec, model: try given ?? model(),
      data: try TrainingData(
        train: train, validation: validation, validationSplit: "other images", templates: ["a {}", "{}"]),
      folder: RunFolder(folder.file(name)), commandLine: [])
  }

  /// A tiny model, written once to disk as runs refer to it.
  public func model() throws -> PretrainedModel {
    let place = folder.file("model")
    if FileManager.default.fileExists(atPath: place.path) { return try PretrainedModel.load(place) }
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
      clip: CLIP(config: config, seed: 1), tokenizer: tokenizer, preprocessing: .clip(size: 16), place: place
    ).save(to: place)
    return try PretrainedModel.load(place)
  }

  /// Eleven images of three colours, so that the last batch of an epoch is smaller.
  public static func images(count: Int = 11, seed: UInt64 = 3) throws -> InMemoryDataset {
    let names = ["red", "green", "blue"]
    let items = try (0..<count).map { index in
      var random = SeededRandom(seed, UInt64(index))
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

private struct UnexpectedStatus: Error {
  let status: RunRecord.Status
}

private final class StepCounter: Sendable {
  private let step = Atomic<Int>(0)
  var value: Int { step.load(ordering: .relaxed) }
  func set(_ value: Int) { step.store(value, ordering: .relaxed) }
}
