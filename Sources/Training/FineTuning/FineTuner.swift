import CLIPCore
import Checkpoint
import Datasets
import Foundation
import NN
import PEFT
import TensorCore

/// Fine-tunes an image classifier by one method, into a run folder, in a way that can be stopped and continued.
///
/// Order of images, augmentation and dropout depend only on the seed, the epoch and the step, so a continued run
/// ends with the same bits as one that was never stopped.
public final class FineTuner {
  /// One line of `metrics.jsonl`: an epoch.
  public struct EpochMetrics: Codable, Sendable {
    public var epoch: Int
    public var step: Int
    public var trainLoss: Float
    public var valTop1: Double?
    public var learningRate: Float
    public var imagesPerS: Double
    /// Optimisation losses of the epoch's steps.
    public var stepLosses: [Float]
  }

  public enum Outcome: Sendable {
    case finished(RunRecord.Result)
    /// Stopped on request; everything needed to continue is saved.
    case interrupted(step: Int)
  }

  public let classifier: ImageClassifier
  private let settings: FineTuningSettings
  private let optimization: Optimization
  private let loader: BatchLoader
  private let validation: PreparedDataset?
  private let stepsPerEpoch: Int
  /// Losses of the steps of the epoch under way, and the mean of the last whole epoch.
  private var losses: [Float] = []
  private var lastLoss: Float = 0
  private static let secondsBetweenSaves: TimeInterval = 60
  /// Class-token features of all training images where the tower never changes: [images, width].
  private var features: Tensor?

  /// `classifier` must have been adapted by its method already.
  public init(
    classifier: ImageClassifier, settings: FineTuningSettings, loader: BatchLoader,
    validation: PreparedDataset?
  ) {
    self.classifier = classifier
    self.settings = settings
    self.loader = loader
    self.validation = validation
    stepsPerEpoch = settings.stepsPerEpoch(images: loader.count)
    optimization = Optimization(
      parameters: classifier.store.trainable, schedule: settings.schedule(images: loader.count),
      adamW: AdamWOptions(weightDecay: settings.weightDecay), clipNorm: settings.clipNorm)
  }

  public var totalSteps: Int { stepsPerEpoch * settings.epochs }
  public var stepsDone: Int { optimization.steps }

  /// Trains to the end, or until asked to stop. Saves a checkpoint when stopping, and after an epoch if the last one
  /// is old; the tuned weights at the end.
  public func run(
    in folder: RunFolder, monitor: TrainingMonitor, onEpoch: (EpochMetrics) throws -> Void
  ) throws -> Outcome {
    let start = Date()
    var lastSave = start
    var lastTop1: Double?
    var epochStart = Date()
    var imagesThisEpoch = 0
    var trainedImages = 0
    while optimization.steps < totalSteps {
      if monitor.shouldStop() {
        try saveCheckpoint(in: folder)
        return .interrupted(step: optimization.steps)
      }
      let rate = optimization.learningRate
      let (loss, images) = try step()
      losses.append(loss)
      imagesThisEpoch += images
      trainedImages += images
      monitor.onStep(
        .init(
          step: optimization.steps, totalSteps: totalSteps, loss: loss, learningRate: rate, images: images))
      guard optimization.steps % stepsPerEpoch == 0 else { continue }
      let speed = Double(imagesThisEpoch) / Date().timeIntervalSince(epochStart)
      lastTop1 = try validationTop1()
      lastLoss = losses.reduce(0, +) / Float(losses.count)
      try onEpoch(
        EpochMetrics(
          epoch: optimization.steps / stepsPerEpoch, step: optimization.steps, trainLoss: lastLoss,
          valTop1: lastTop1,
          learningRate: rate, imagesPerS: speed, stepLosses: losses))
      losses = []
      if Date().timeIntervalSince(lastSave) > Self.secondsBetweenSaves {
        try saveCheckpoint(in: folder)
        lastSave = Date()
      }
      imagesThisEpoch = 0
      epochStart = Date()
    }
    try SafetensorsFile.write(classifier.tunedState(), to: folder.tunedFile)
    let seconds = Date().timeIntervalSince(start)
    return .finished(
      RunRecord.Result(
        epochs: settings.epochs, steps: totalSteps,
        trainLoss: lastLoss, valTop1: try lastTop1 ?? validationTop1(),
        imagesPerS: Double(trainedImages) / max(seconds, 1e-9), seconds: seconds,
        peakRssMb: ProcessMemory.peakMegabytes))
  }

  /// One optimisation step: its loss, and how many images it saw.
  private func step() throws -> (loss: Float, images: Int) {
    let (epoch, batch) = optimization.steps.quotientAndRemainder(dividingBy: stepsPerEpoch)
    let indices = loader.indices(epoch: epoch, batch: batch)
    if features == nil { loader.readAhead(epoch: epoch, batch: batch + 1) }
    let size = settings.microBatch ?? indices.count
    guard size < indices.count || settings.recompute else {
      let loss = try loss(of: indices, epoch: epoch, part: 0)
      try optimization.fusedStep(loss)
      return (loss.value.item, indices.count)
    }
    var total: Float = 0
    for (part, start) in stride(from: 0, to: indices.count, by: size).enumerated() {
      let images = Array(indices[start..<min(start + size, indices.count)])
      let share = Float(images.count) / Float(indices.count)
      let loss = share * (try loss(of: images, epoch: epoch, part: part))
      try optimization.gather(loss)
      total += loss.value.item
    }
    try optimization.step()
    return (total, indices.count)
  }

  /// Mean cross entropy of some images of the current step.
  private func loss(of indices: [Int], epoch: Int, part: Int) throws -> Variable {
    let seed = SeededRandom.seed(settings.seed &+ UInt64(optimization.steps), named: "dropout")
    let context = ForwardContext(
      isTraining: true, seed: seed &+ UInt64(part), dropPath: settings.dropPath,
      recomputes: settings.recompute)
    if let features = try frozenFeatures() {
      let rows = Tensor(indices.map { Int32($0) }, shape: [indices.count])
      let labels = Tensor(indices.map(loader.label), shape: [indices.count])
      return classifier.logits(pooled: Variable(features).gatherRows(rows)).crossEntropy(targets: labels)
    }
    let batch = try loader.batch(indices, epoch: epoch)
    return classifier.logits(batch.images, context)
      .crossEntropy(targets: Tensor(batch.labels, shape: [batch.count]))
  }

  /// Features computed once, where nothing that trains or is random comes before them.
  private func frozenFeatures() throws -> Tensor? {
    guard classifier.hasFrozenTower, settings.augmentation == nil else { return nil }
    if let features { return features }
    let width = classifier.config.vision.transformer.width
    let all = Tensor(uninitialized: [loader.count, width])
    for start in stride(from: 0, to: loader.count, by: 64) {
      let range = start..<min(start + 64, loader.count)
      let batch = try loader.batch(Array(range), epoch: 0)
      let pooled = classifier.vision.pooled(batch.images, .inference).value
      all.rows(range).mutableBytes.copyMemory(from: pooled.bytes)
    }
    features = all
    return all
  }

  private func validationTop1() throws -> Double? {
    guard let validation, validation.count > 0 else { return nil }
    var correct = 0
    for start in stride(from: 0, to: validation.count, by: 64) {
      let batch = try validation.batch(start..<min(start + 64, validation.count))
      let logits = classifier.logits(batch.images, .inference).value
      correct += logits.argmaxByRow().enumerated().count { Int32($0.element) == batch.labels[$0.offset] }
    }
    return Double(correct) / Double(validation.count)
  }

  private func saveCheckpoint(in folder: RunFolder) throws {
    var state = optimization.state()
    state["epoch_losses"] = Tensor(losses, shape: [losses.count])
    state["last_loss"] = Tensor(scalar: lastLoss)
    state.metadata["step"] = String(optimization.steps)
    try folder.saveCheckpoint(state)
  }

  /// Continues from the run's last checkpoint: weights, moments, the step and the epoch's losses so far. Without a
  /// checkpoint the run starts over. Metrics of steps after it are dropped, to be written anew.
  public func resume(from folder: RunFolder) throws {
    let file = folder.checkpointFile
    var step = 0
    if FileManager.default.fileExists(atPath: file.path) {
      let state = try SafetensorsFile(url: file).stateDict()
      guard let saved = state.metadata["step"].flatMap(Int.init), (0...totalSteps).contains(saved),
        let losses = state["epoch_losses"], let lastLoss = state["last_loss"]
      else {
        throw TrainingError.badCheckpoint(
          file: file.path, problem: "its step or losses are missing or do not fit the run")
      }
      try optimization.restore(state, steps: saved, file: file.path)
      self.losses = losses.array
      self.lastLoss = lastLoss.item
      step = saved
    }
    try folder.keepMetrics(EpochMetrics.self) { $0.step <= step }
  }
}
