import CLIPCore
import Checkpoint
import Datasets
import Foundation
import NN
import PEFT
import TensorCore

/// Fine-tunes an image classifier by one method, into files, in a way that can be stopped and continued.
///
/// Order of images, augmentation and random masks depend only on the seed, the epoch, the step and the image, so a
/// continued run ends with the same bits as one that was never stopped, and parts of a batch add up to the batch.
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
    case finished(TrainingResult)
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
      settings.optimizer.trained(classifier), rule: settings.optimizer.rule,
      schedule: settings.learningRates(images: loader.count), clipNorm: settings.optimizer.clipNorm)
  }

  /// None where nothing trains.
  public var totalSteps: Int {
    classifier.store.trainable.isEmpty ? 0 : stepsPerEpoch * settings.schedule.epochs
  }
  public var stepsDone: Int { optimization.steps }

  /// Trains to the end, or until asked to stop. Saves a checkpoint when stopping, and now and then as `schedule` says;
  /// the tuned weights at the end, with `metadata` beside them.
  ///
  /// A checkpoint that cannot be written is told, and the one before stays: training goes on. `mayWrite` throws where the
  /// folder is no longer this process's.
  public func run(
    writing files: TrainingFiles, noting metadata: [String: String] = [:],
    schedule: CheckpointSchedule = CheckpointSchedule(), monitor: TrainingMonitor,
    mayWrite: () throws -> Void = {}, onEpoch: (EpochMetrics) throws -> Void
  ) throws -> Outcome {
    let start = Date()
    var schedule = schedule
    schedule.restart()
    var lastTop1: Double?
    var speed = Speed()
    var trainedImages = 0
    func saveIfDue() throws {
      guard schedule.isDue else { return }
      try mayWrite()
      let begin = Date()
      do {
        try saveCheckpoint(files.checkpoint)
      } catch let error as CheckpointError {
        monitor.onWarning("\(error.description) Training goes on; an older checkpoint is kept.")
      }
      schedule.saved(after: begin)
    }
    do {
      while true {
        if isEpochPending {
          try saveIfDue()
          lastTop1 = try validationTop1(monitor)
          try onEpoch(endEpoch(top1: lastTop1, imagesPerS: speed.imagesPerS))
          speed = Speed()
        }
        guard optimization.steps < totalSteps else { break }
        try saveIfDue()
        try monitor.check()
        let rate = optimization.learningRate
        let (loss, images) = try step(monitor)
        losses.append(loss)
        speed.images += images
        trainedImages += images
        monitor.onStep(
          .init(
            step: optimization.steps, totalSteps: totalSteps, loss: loss, learningRate: rate, images: images))
      }
      let top1 = try lastTop1 ?? validationTop1(monitor)
      try mayWrite()
      var tuned = classifier.tunedState()
      tuned.metadata = metadata
      try SafetensorsFile.write(tuned, to: files.tuned)
      let seconds = Date().timeIntervalSince(start)
      return .finished(
        TrainingResult(
          epochs: settings.schedule.epochs, steps: totalSteps, trainLoss: lastLoss, valTop1: top1,
          imagesPerS: Double(trainedImages) / max(seconds, 1e-9), seconds: seconds,
          peakRssMb: ProcessMemory.peakMegabytes))
    } catch is WorkStopped {
      try mayWrite()
      try saveCheckpoint(files.checkpoint)
      return .interrupted(step: optimization.steps)
    } catch let error as DatasetError where optimization.steps > 0 {
      // An image that has gone or is damaged can be put back: the work so far is kept.
      try mayWrite()
      try saveCheckpoint(files.checkpoint)
      throw error
    }
  }

  private struct Speed {
    var images = 0
    private let start = Date()
    var imagesPerS: Double { Double(images) / max(Date().timeIntervalSince(start), 1e-9) }
  }

  /// Whether the last step ended an epoch that was not validated yet.
  private var isEpochPending: Bool {
    optimization.steps > 0 && optimization.steps % stepsPerEpoch == 0 && !losses.isEmpty
  }

  private func endEpoch(top1: Double?, imagesPerS: Double) -> EpochMetrics {
    lastLoss = losses.reduce(0, +) / Float(losses.count)
    defer { losses = [] }
    return EpochMetrics(
      epoch: optimization.steps / stepsPerEpoch, step: optimization.steps, trainLoss: lastLoss, valTop1: top1,
      learningRate: optimization.schedule.rate(at: optimization.steps - 1), imagesPerS: imagesPerS,
      stepLosses: losses)
  }

  /// One optimisation step: its loss, and how many images it saw. Throws `WorkStopped` before any weight has changed.
  private func step(_ monitor: TrainingMonitor) throws -> (loss: Float, images: Int) {
    let (epoch, batch) = optimization.steps.quotientAndRemainder(dividingBy: stepsPerEpoch)
    let indices = loader.indices(epoch: epoch, batch: batch)
    if features == nil { loader.readAhead(epoch: epoch, batch: batch + 1) }
    let size = settings.batch.micro ?? indices.count
    guard size < indices.count || settings.batch.recompute else {
      let loss = try loss(of: indices, epoch: epoch, monitor)
      try monitor.check()
      try optimization.fusedStep(loss)
      return (loss.value.item, indices.count)
    }
    var total: Float = 0
    for start in stride(from: 0, to: indices.count, by: size) {
      let images = Array(indices[start..<min(start + size, indices.count)])
      let share = Float(images.count) / Float(indices.count)
      let loss = share * (try loss(of: images, epoch: epoch, monitor))
      try monitor.check()
      try optimization.gather(loss)
      total += loss.value.item
    }
    try monitor.check()
    try optimization.step()
    return (total, indices.count)
  }

  /// Mean cross entropy of some images of the current step.
  private func loss(of indices: [Int], epoch: Int, _ monitor: TrainingMonitor) throws -> Variable {
    let seed = SeededRandom.seed(settings.seeds.order, named: "masks")
    let context = ForwardContext(
      isTraining: true, seed: SeededRandom.seed(seed, UInt64(optimization.steps)),
      images: indices.map { UInt64($0) }, dropPath: settings.dropPath, recomputes: settings.batch.recompute)
    if let features = try frozenFeatures(monitor) {
      let rows = Tensor(indices.map { Int32($0) }, shape: [indices.count])
      let labels = Tensor(indices.map(loader.label), shape: [indices.count])
      return classifier.logits(pooled: Variable(features).gatherRows(rows), context)
        .crossEntropy(targets: labels)
    }
    let batch = try loader.batch(indices, epoch: epoch)
    try monitor.check()
    return classifier.logits(batch.images, context)
      .crossEntropy(targets: Tensor(batch.labels, shape: [batch.count]))
  }

  /// Features computed once, where nothing that trains or is random comes before them.
  private func frozenFeatures(_ monitor: TrainingMonitor) throws -> Tensor? {
    guard classifier.hasFrozenTower, settings.augmentation == nil else { return nil }
    if let features { return features }
    let width = classifier.config.vision.transformer.width
    let all = Tensor(uninitialized: [loader.count, width])
    for start in stride(from: 0, to: loader.count, by: imagesPerPass) {
      try monitor.check()
      let range = start..<min(start + imagesPerPass, loader.count)
      let batch = try loader.batch(Array(range), epoch: 0)
      let pooled = classifier.vision.pooled(batch.images, .inference).value
      all.rows(range).mutableBytes.copyMemory(from: pooled.bytes)
    }
    features = all
    return all
  }

  private func validationTop1(_ monitor: TrainingMonitor) throws -> Double? {
    guard let validation, validation.count > 0 else { return nil }
    var correct = 0
    let head = classifier.computedHead(.inference)
    for start in stride(from: 0, to: validation.count, by: imagesPerPass) {
      try monitor.check()
      let batch = try validation.batch(start..<min(start + imagesPerPass, validation.count))
      let logits = classifier.logits(batch.images, .inference, head: head).value
      correct += logits.argmaxByRow().enumerated().count { Int32($0.element) == batch.labels[$0.offset] }
    }
    return Double(correct) / Double(validation.count)
  }

  /// Images whose features are computed at once: fewer of a large model, which must hear of a request to stop.
  private var imagesPerPass: Int {
    let vision = classifier.config.vision
    let side = Double(vision.imageSize / vision.patchSize)
    let width = Double(vision.transformer.width)
    let operations = 24 * Double(vision.transformer.layers) * width * width * (side * side + 1)
    return min(64, max(4, Int(3e11 / operations)))
  }

  private func saveCheckpoint(_ file: URL) throws {
    var state = optimization.state()
    state["epoch_losses"] = Tensor(losses, shape: [losses.count])
    state["last_loss"] = Tensor(scalar: lastLoss)
    for parameter in classifier.adaptation?.frozenKept ?? [] { state[parameter.path] = parameter.value }
    state.metadata["step"] = String(optimization.steps)
    let folder = file.deletingLastPathComponent()
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw CheckpointError.cannotCreate(file: folder.path, reason: "the folder cannot be made")
    }
    try SafetensorsFile.write(state, to: file)
  }

  /// Continues from a checkpoint: weights, moments, the step and the epoch's losses so far. Without one the training
  /// starts over.
  public func resume(from file: URL) throws {
    guard FileManager.default.fileExists(atPath: file.path) else { return }
    try OwnFile.reading(
      file, remedy: "remove it, and --resume starts the training over",
      { try restore(SafetensorsFile(url: file).stateDict(), file: file.path) })
  }

  /// Whether an epoch's metrics are those of training so far: others are written anew, as may be those of the epoch that
  /// a checkpoint ends.
  public func keeps(_ metrics: EpochMetrics) -> Bool {
    isEpochPending ? metrics.step < optimization.steps : metrics.step <= optimization.steps
  }

  private func restore(_ state: StateDict, file: String) throws(TrainingError) {
    guard let saved = state.metadata["step"].flatMap(Int.init), (0...totalSteps).contains(saved),
      let losses = state["epoch_losses"], let lastLoss = state["last_loss"]
    else {
      throw .badCheckpoint(file: file, problem: "its step or losses are missing or do not fit the run")
    }
    try optimization.restore(state, steps: saved, file: file)
    try restoreKept(state, file: file)
    self.losses = losses.array
    self.lastLoss = lastLoss.item
  }

  /// What the method found in the training images before the first step.
  private func restoreKept(_ state: StateDict, file: String) throws(TrainingError) {
    for parameter in classifier.adaptation?.frozenKept ?? [] {
      guard let value = state[parameter.path], value.shape == parameter.shape else {
        throw .badCheckpoint(file: file, problem: "\(parameter.path) is missing or of another shape")
      }
      parameter.assign(value.copy())
    }
    if let problem = classifier.adaptation?.keptProblem { throw .badCheckpoint(file: file, problem: problem) }
  }
}
