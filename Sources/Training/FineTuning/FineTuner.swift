import CLIPCore
import Checkpoint
import Datasets
import Foundation
import ImageCodec
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
    /// Factor on similarities at the end of the epoch; nil where it does not train.
    public var similarityScale: Float?
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
  private let objective: WholeObjective
  private let mixing: BatchMixing?
  private let average: WeightAverage?
  /// The average that takes the weights' place: none where it only teaches.
  private var judged: WeightAverage? { settings.averaging.teacherOnly ? nil : average }
  private let best: BestEpoch
  private let loader: BatchLoader
  private let validation: PreparedDataset?
  private let stepsPerEpoch: Int
  /// Losses of the steps of the epoch under way, and the mean of the last whole epoch.
  private var losses: [Float] = []
  private var lastLoss: Float = 0
  /// Class-token features of all training images where the tower never changes: [images, width].
  private var features: Tensor?
  /// The same of all validation images, where the tower never changes.
  private var validationFeatures: Tensor?
  private let kept: KeptFeatures?
  private var lastTop1: Double?
  private var speed = Speed()
  private var trainedImages = 0
  private var onEpoch: (EpochMetrics) throws -> Void = { _ in }

  /// Throws where its objective does not fit the classifier, or `check` does while texts are read.
  ///
  /// `classifier` must have been adapted by its method already, and its head be that which training begins from. Where the tower
  /// is frozen, features are taken from `keptFeatures`, and kept there.
  public init(
    classifier: ImageClassifier, settings: FineTuningSettings, loader: BatchLoader,
    validation: PreparedDataset?, keptFeatures: KeptFeatures? = nil, check: () throws -> Void = {}
  ) throws {
    kept = keptFeatures
    self.classifier = classifier
    self.settings = settings
    self.loader = loader
    self.validation = validation
    stepsPerEpoch = settings.stepsPerEpoch(images: loader.count)
    optimization = Optimization(
      settings.optimizer.trained(classifier, l2Sp: settings.objective.l2Sp), rule: settings.optimizer.rule,
      schedule: settings.learningRates(images: loader.count), clipNorm: settings.optimizer.clipNorm)
    let trained = classifier.store.trainable
    average =
      settings.averaging.isOff
      ? nil
      : WeightAverage(
        trained, settings: settings.averaging, totalSteps: stepsPerEpoch * settings.schedule.epochs)
    best = BestEpoch(trained)
    mixing = settings.augmentation?.mixing(labelSmoothing: settings.objective.labelSmoothing)
    objective = try settings.objective.objective(
      classifier,
      teacher: Teacher(classifier: classifier, average: settings.teacher.name == .average ? average : nil),
      seed: settings.seeds.order, check: check)
  }

  /// None where nothing trains.
  public var totalSteps: Int {
    classifier.store.trainable.isEmpty ? 0 : stepsPerEpoch * settings.schedule.epochs
  }
  public var stepsDone: Int { optimization.steps }

  /// Trains to the end, or until asked to stop. Saves a checkpoint when stopping, and now and then as `schedule` says;
  /// the tuned weights at the end, with `metadata` beside them.
  ///
  /// `mayWrite` throws where the folder is no longer this process's.
  public func run(
    writing files: TrainingFiles, noting metadata: [String: String] = [:],
    schedule: CheckpointSchedule = CheckpointSchedule(), monitor: TrainingMonitor,
    mayWrite: @escaping () throws -> Void = {}, onEpoch: @escaping (EpochMetrics) throws -> Void
  ) throws -> Outcome {
    let start = Date()
    self.onEpoch = onEpoch
    defer { self.onEpoch = { _ in } }
    var loop = TrainingLoop(
      file: files.checkpoint, schedule: schedule, monitor: monitor, mayWrite: mayWrite)
    guard try loop.run(self) else { return .interrupted(step: optimization.steps) }
    let ended = optimization.steps
    let top1 = try chosenTop1(monitor)
    try mayWrite()
    var tuned = classifier.tunedState()
    guard tuned.names.allSatisfy({ tuned[$0]?.isFinite ?? false }) else {
      throw TrainingError.diverged(step: ended)
    }
    tuned.metadata = metadata
    try SafetensorsFile.write(tuned, to: files.tuned)
    let seconds = Date().timeIntervalSince(start)
    return .finished(
      TrainingResult(
        epochs: stepsPerEpoch > 0 ? ended / stepsPerEpoch : 0, steps: ended,
        trainLoss: ended > 0 ? lastLoss : nil, valTop1: top1,
        bestEpoch: settings.selection.epoch == .best ? best.epoch : nil,
        imagesPerS: Double(trainedImages) / max(seconds, 1e-9), seconds: seconds,
        peakRssMb: ProcessMemory.peakMegabytes))
  }

  /// Puts the weights in place that the run ends with; their validation accuracy.
  private func chosenTop1(_ monitor: TrainingMonitor) throws -> Double? {
    if settings.selection.epoch == .best, let top1 = best.top1 {
      best.replace()
      return top1
    }
    let top1 = try lastTop1 ?? averaged { try validationTop1(monitor) }
    judged?.replace()
    return top1
  }

  /// Runs `body` with the weights that are to be judged.
  private func averaged<Result>(_ body: () throws -> Result) rethrows -> Result {
    try judged.map { try $0.inPlace(body) } ?? body()
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
      epoch: epochsDone, step: optimization.steps, trainLoss: lastLoss, valTop1: top1,
      learningRate: optimization.schedule.rate(at: optimization.steps - 1), imagesPerS: imagesPerS,
      similarityScale: settings.objective.logitScale == .frozen ? nil : classifier.texts?.similarityScale,
      stepLosses: losses)
  }

  private var epochsDone: Int { optimization.steps / stepsPerEpoch }

  /// What a step trains on: which images of the training set, and how they are mixed.
  private struct StepPlan {
    let epoch: Int
    let indices: [Int]
    let mix: Mix
  }

  private func plan() -> StepPlan {
    let (epoch, batch) = optimization.steps.quotientAndRemainder(dividingBy: stepsPerEpoch)
    if features == nil { loader.readAhead(epoch: epoch, batch: batch) }
    let side = classifier.config.vision.imageSize
    return StepPlan(
      epoch: epoch, indices: loader.indices(epoch: epoch, batch: batch),
      mix: mixing?.mix(height: side, width: side, seed: settings.seeds.order, step: optimization.steps)
        ?? .none)
  }

  /// Mean cost of some images of a step.
  private func loss(
    of rows: Range<Int>, _ plan: StepPlan, _ monitor: TrainingMonitor
  ) throws -> Variable {
    let indices = Array(plan.indices[rows])
    let seed = SeededRandom.seed(settings.seeds.order, named: "masks")
    let context = ForwardContext(
      isTraining: true, seed: SeededRandom.seed(seed, UInt64(optimization.steps)),
      images: indices.map { UInt64($0) }, dropPath: settings.dropPath,
      patchDropout: settings.augmentation?.patchDropout ?? 0, recomputes: settings.batch.recompute)
    if let features = try frozenFeatures(monitor) {
      let rows = Tensor(indices.map { Int32($0) }, shape: [indices.count])
      return objective.loss(
        of: .init(
          images: .features(Variable(features).gatherRows(rows)), labels: indices.map(loader.label),
          indices: indices, epoch: plan.epoch, step: optimization.steps), context)
    }
    let batch = try loader.batch(indices, epoch: plan.epoch)
    var images = batch.images
    var distribution: Tensor?
    if let mixing {
      // Of a part of a batch, too, the partners are those of the whole.
      let partners = Mix.partners(of: rows, batch: plan.indices.count).map { plan.indices[$0] }
      if plan.mix != .none {
        images =
          indices.count == plan.indices.count
          ? plan.mix.images(rows, of: images)
          : plan.mix.images(images, partners: try loader.batch(partners, epoch: plan.epoch).images)
      }
      distribution = plan.mix.targets(
        labels: batch.labels, partners: partners.map(loader.label),
        classes: classifier.headWeight.shape[0], smoothing: mixing.labelSmoothing)
    }
    try monitor.check()
    return objective.loss(
      of: .init(
        images: .pixels(images), labels: batch.labels, distribution: distribution,
        indices: indices, epoch: plan.epoch, step: optimization.steps), context)
  }

  /// Features computed once, where nothing that trains or is random comes before them.
  private func frozenFeatures(_ monitor: TrainingMonitor) throws -> Tensor? {
    guard classifier.hasFrozenTower, settings.augmentation == nil else { return nil }
    if let features { return features }
    features = try pooledFeatures(of: loader.count, named: kept?.train) { range in
      try monitor.check()
      return try loader.batch(Array(range), epoch: 0)
    }
    return features
  }

  /// Class-token features of all images, [images, width]; kept, where they have a name.
  private func pooledFeatures(
    of count: Int, named name: String?, _ batch: (Range<Int>) throws -> Batch
  ) throws -> Tensor {
    let shape = [count, classifier.config.vision.transformer.width]
    guard let kept, let name else { return try pooledFeatures(shape, batch) }
    // How many images are computed at once is part of how.
    return try kept.keeper.features("\(kept.tower) \(imagesPerPass) \(name)", shape: shape) {
      try pooledFeatures(shape, batch)
    }
  }

  private func pooledFeatures(_ shape: [Int], _ batch: (Range<Int>) throws -> Batch) throws -> Tensor {
    let all = Tensor(uninitialized: shape)
    for start in stride(from: 0, to: shape[0], by: imagesPerPass) {
      let range = start..<min(start + imagesPerPass, shape[0])
      let pooled = classifier.vision.pooled(try batch(range).images, .inference).value
      all.rows(range).mutableBytes.copyMemory(from: pooled.bytes)
    }
    return all
  }

  private func validationTop1(_ monitor: TrainingMonitor) throws -> Double? {
    guard let validation, validation.count > 0 else { return nil }
    var correct = 0
    let head = classifier.computedHead(.inference)
    if classifier.hasFrozenTower, validationFeatures == nil {
      validationFeatures = try pooledFeatures(of: validation.count, named: kept?.validation) { range in
        try monitor.check()
        return try validation.batch(range)
      }
    }
    let labels = validation.dataset.labels
    for start in stride(from: 0, to: validation.count, by: imagesPerPass) {
      try monitor.check()
      let range = start..<min(start + imagesPerPass, validation.count)
      let logits: Tensor
      if let validationFeatures {
        logits =
          classifier.logits(
            pooled: Variable(validationFeatures.rows(range)), .inference, head: head
          ).value
      } else {
        logits = classifier.logits(try validation.batch(range).images, .inference, head: head).value
      }
      // What the last step made of the weights, no loss has told.
      guard logits.isFinite else { throw TrainingError.diverged(step: optimization.steps) }
      correct += logits.argmaxByRow().enumerated().count {
        Int32($0.element) == labels[start + $0.offset]
      }
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
    try average?.restore(state, file: file)
    try best.restore(state, file: file)
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

extension FineTuner: TrainingTask {
  var steps: Int { optimization.steps }
  var learningRate: Float { optimization.learningRate }

  /// Whether the accuracy has not become better for as many epochs as are waited.
  var isDone: Bool {
    guard let patience = settings.selection.patience, best.top1 != nil else { return false }
    return losses.isEmpty && epochsDone - best.epoch >= patience
  }

  func betweenSteps(_ monitor: TrainingMonitor, saveIfDue: () throws -> Void) throws {
    guard isEpochPending else { return }
    try saveIfDue()
    try averaged {
      lastTop1 = try validationTop1(monitor)
      if let lastTop1, settings.selection.epoch == .best || settings.selection.patience != nil {
        best.update(top1: lastTop1, epoch: epochsDone)
      }
    }
    try onEpoch(endEpoch(top1: lastTop1, imagesPerS: speed.imagesPerS))
    speed = Speed()
  }

  func step(_ monitor: TrainingMonitor) throws -> (loss: Float, images: Int) {
    lastTop1 = nil
    let plan = plan()
    let count = plan.indices.count
    let size = settings.batch.micro ?? count
    var total: Float = 0
    if size >= count, !settings.batch.recompute {
      let loss = try loss(of: 0..<count, plan, monitor)
      try monitor.check()
      total = loss.value.item + (try optimization.fusedStep(loss))
    } else {
      for start in stride(from: 0, to: count, by: size) {
        let rows = start..<min(start + size, count)
        let loss = Float(rows.count) / Float(count) * (try loss(of: rows, plan, monitor))
        try monitor.check()
        try optimization.gather(loss)
        total += loss.value.item
      }
      try monitor.check()
      total += try optimization.step()
    }
    if settings.objective.logitScale == .clamped { classifier.texts?.logitScale.clampSimilarityScale() }
    average?.update(step: optimization.steps)
    losses.append(total)
    speed.images += count
    trainedImages += count
    return (total, count)
  }

  func checkpoint() -> StateDict {
    var state = optimization.state()
    state["epoch_losses"] = Tensor(losses, shape: [losses.count])
    state["last_loss"] = Tensor(scalar: lastLoss)
    for parameter in classifier.adaptation?.frozenKept ?? [] { state[parameter.path] = parameter.value }
    average?.save(to: &state)
    best.save(to: &state)
    return state
  }
}
