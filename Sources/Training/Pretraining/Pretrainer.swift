import CLIPCore
import Checkpoint
import Foundation
import NN
import TensorCore
import Tokenizer

/// How a CLIP is trained from scratch.
public struct PretrainingSettings: Codable, Sendable, Equatable {
  public var steps: Int
  public var batchSize: Int
  public var learningRate: Float
  public var warmupSteps: Int
  public var weightDecay: Float
  public var beta2: Float
  public var clipNorm: Float
  /// Amplitude of the waves that the image tower's position embeddings start as; 0 starts them at random.
  public var positionAmplitude: Float
  public var seed: UInt64

  public init(
    steps: Int, batchSize: Int, learningRate: Float, warmupSteps: Int, weightDecay: Float, beta2: Float,
    clipNorm: Float, positionAmplitude: Float, seed: UInt64
  ) {
    self.steps = steps
    self.batchSize = batchSize
    self.learningRate = learningRate
    self.warmupSteps = warmupSteps
    self.weightDecay = weightDecay
    self.beta2 = beta2
    self.clipNorm = clipNorm
    self.positionAmplitude = positionAmplitude
    self.seed = seed
  }
}

/// Trains image and text towers contrastively on captioned images (Radford et al. 2021).
public final class Pretrainer {
  public let clip: CLIP
  private let tokenizer: BPETokenizer
  private let settings: PretrainingSettings
  private let source: any CaptionedImages
  private let optimization: Optimization

  public init(
    clip: CLIP, tokenizer: BPETokenizer, source: any CaptionedImages, settings: PretrainingSettings
  ) throws(TrainingError) {
    guard settings.steps > 0, settings.batchSize > 1 else {
      throw .badSetting("Contrastive training needs at least one step and a batch of at least 2.")
    }
    self.clip = clip
    self.tokenizer = tokenizer
    self.settings = settings
    self.source = source
    for parameter in clip.store.parameters { parameter.isTrainable = true }
    optimization = Optimization(
      clip.store.parameters.map { TrainedParameter($0, weightDecay: settings.weightDecay) },
      rule: AdamW(beta2: settings.beta2),
      schedule: LearningRateSchedule(
        peak: settings.learningRate, warmupSteps: settings.warmupSteps, totalSteps: settings.steps),
      clipNorm: settings.clipNorm)
  }

  /// Trains to the end, or until asked to stop: false if stopped, with a checkpoint in `checkpoint` to continue from. One is
  /// also saved now and then; `mayWrite` throws where the folder is no longer this process's.
  public func run(
    checkpoint: URL?, schedule: CheckpointSchedule = CheckpointSchedule(), monitor: TrainingMonitor,
    mayWrite: @escaping () throws -> Void = {}
  ) throws -> Bool {
    if let checkpoint, FileManager.default.fileExists(atPath: checkpoint.path) {
      try resume(from: checkpoint)
    }
    var loop = TrainingLoop(file: checkpoint, schedule: schedule, monitor: monitor, mayWrite: mayWrite)
    guard try loop.run(self) else { return false }
    for parameter in clip.store.parameters { parameter.isTrainable = false }
    return true
  }

  /// What a checkpoint must have been made under to be continued.
  private var purpose: String {
    JSONFormat.line(Purpose(settings: settings, source: source.name, config: clip.config))
  }

  private struct Purpose: Encodable {
    let settings: PretrainingSettings
    let source: String
    let config: CLIPConfig
  }

  private func resume(from file: URL) throws {
    try OwnFile.reading(file, remedy: "remove it, and the same command starts the training over") {
      try restore(SafetensorsFile(url: file).stateDict(), file)
    }
  }

  private func restore(_ state: StateDict, _ file: URL) throws(TrainingError) {
    guard state.metadata["purpose"] ?? purpose == purpose else {
      throw TrainingError.badSetting(
        "\(file.path) holds a training of other images, settings or architecture; give the options it was started with, "
          + "or choose another --out.")
    }
    guard let step = state.metadata["step"].flatMap(Int.init), (0...settings.steps).contains(step) else {
      throw TrainingError.badCheckpoint(file: file.path, problem: "its step is missing or beyond the run")
    }
    try optimization.restore(state, steps: step, file: file.path)
  }
}

extension Pretrainer: TrainingTask {
  var totalSteps: Int { settings.steps }
  var steps: Int { optimization.steps }
  var learningRate: Float { optimization.learningRate }
  var isDone: Bool { false }

  func betweenSteps(_ monitor: TrainingMonitor, saveIfDue: () throws -> Void) {}

  func step(_ monitor: TrainingMonitor) throws -> (loss: Float, images: Int) {
    let (images, captions) = try source.batch(step: optimization.steps, size: settings.batchSize)
    let length = clip.config.text.contextLength
    let tokens = captions.flatMap { tokenizer.tokens(for: $0, contextLength: length) }
    let context = ForwardContext(
      isTraining: true, seed: SeededRandom.seed(settings.seed, UInt64(optimization.steps)))
    let loss = Variable.contrastiveLoss(
      images: clip.encodeImages(images, context).l2Normalized(),
      texts: try clip.encodeTexts(Tensor(tokens, shape: [captions.count, length]), context).l2Normalized(),
      logitScale: clip.logitScale.variable)
    try optimization.fusedStep(loss)
    clip.logitScale.clampSimilarityScale()
    return (loss.value.item, settings.batchSize)
  }

  func checkpoint() -> StateDict {
    var state = optimization.state()
    state.metadata["purpose"] = purpose
    return state
  }
}
