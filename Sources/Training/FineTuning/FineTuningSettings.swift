import ImageCodec

/// How a fine-tuning run is optimised.
public struct FineTuningSettings: Codable, Sendable, Equatable {
  public var epochs: Int
  public var batchSize: Int
  public var learningRate: Float
  /// Where the cosine ends, as a share of the learning rate.
  public var floorShare: Float
  /// Warm-up, as a share of all steps.
  public var warmupShare: Float
  public var weightDecay: Float
  /// Largest norm of the whole gradient; nil does not clip.
  public var clipNorm: Float?
  public var dropPath: Float
  /// Nil trains on the evaluation crop.
  public var augmentation: TrainAugmentation?
  /// Images of a step that are in memory at once, their gradients added up; nil takes the whole batch.
  public var microBatch: Int?
  /// Whether blocks keep only their input for backward and are computed anew there.
  public var recompute: Bool
  public var seed: UInt64

  public init(
    epochs: Int, batchSize: Int, learningRate: Float, floorShare: Float = 0, warmupShare: Float = 0.1,
    weightDecay: Float, clipNorm: Float? = 1, dropPath: Float = 0, augmentation: TrainAugmentation? = nil,
    microBatch: Int? = nil, recompute: Bool = false, seed: UInt64
  ) {
    self.epochs = epochs
    self.batchSize = batchSize
    self.learningRate = learningRate
    self.floorShare = floorShare
    self.warmupShare = warmupShare
    self.weightDecay = weightDecay
    self.clipNorm = clipNorm
    self.dropPath = dropPath
    self.augmentation = augmentation
    self.microBatch = microBatch
    self.recompute = recompute
    self.seed = seed
  }

  /// The same for any seed: runs with equal ones are repetitions of each other.
  var withoutSeeds: FineTuningSettings {
    var settings = self
    settings.seed = 0
    return settings
  }

  /// Throws unless training with these settings can work.
  public func validate(images: Int) throws(TrainingError) {
    guard epochs > 0 else { throw .badSetting("--epochs is \(epochs); give at least 1.") }
    guard batchSize > 0 else { throw .badSetting("--batch-size is \(batchSize); give at least 1.") }
    guard learningRate > 0, learningRate.isFinite else {
      throw .badSetting("--lr is \(learningRate); give a number above 0.")
    }
    guard weightDecay >= 0, weightDecay.isFinite else {
      throw .badSetting("--weight-decay is \(weightDecay); give 0 or more.")
    }
    guard (0..<1).contains(dropPath) else {
      throw .badSetting("--drop-path is \(dropPath); give 0 to below 1.")
    }
    guard microBatch.map({ $0 > 0 }) ?? true else {
      throw .badSetting("--micro-batch is \(microBatch ?? 0); give at least 1.")
    }
    guard images > 0 else { throw .badSetting("There are no images to train on.") }
  }

  /// The last batch of an epoch may be smaller; no image is left out.
  public func stepsPerEpoch(images: Int) -> Int { (images + batchSize - 1) / batchSize }

  public func schedule(images: Int) -> LearningRateSchedule {
    let total = epochs * stepsPerEpoch(images: images)
    return LearningRateSchedule(
      peak: learningRate, floor: learningRate * floorShare, warmupSteps: Int(warmupShare * Float(total)),
      totalSteps: total)
  }
}
