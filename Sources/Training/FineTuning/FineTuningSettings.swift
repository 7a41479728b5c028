import ImageCodec

/// How a fine-tuning run is optimised.
public struct FineTuningSettings: Codable, Sendable, Equatable {
  /// Name of the recipe that these began as; nil in older records, and where there was none.
  public var recipe: String?
  public var epochs: Int
  public var batchSize: Int
  /// Whether images that do not fill a last batch wait for another epoch, where an epoch has at least one batch.
  public var dropLast: Bool
  public var learningRate: Float
  /// Where the cosine ends.
  public var floor: Float
  /// Warm-up: one of steps, epochs, and a share of all steps; without any, there is none.
  public var warmupSteps: Int?
  public var warmupEpochs: Float?
  public var warmupShare: Float?
  /// What the warm-up begins from.
  public var warmupStart: Float
  public var pace: LearningRateSchedule.Pace
  public var weightDecay: Float
  public var decayScope: WeightDecayScope
  /// Largest norm of the whole gradient; nil does not clip.
  public var clipNorm: Float?
  public var dropPath: Float
  /// Nil trains on the evaluation crop.
  public var augmentation: TrainAugmentation?
  /// Images of a step that are in memory at once, their gradients added up; nil takes the whole batch. What is learned
  /// does not depend on it beyond rounding.
  public var microBatch: Int?
  /// Whether blocks keep only their input for backward and are computed anew there.
  public var recompute: Bool
  /// What all seeds were, unless given apart.
  public var seed: UInt64
  public var seeds: TrainingSeeds

  public init(
    recipe: String? = nil, epochs: Int, batchSize: Int, dropLast: Bool = false, learningRate: Float,
    floor: Float = 0, warmupSteps: Int? = nil, warmupEpochs: Float? = nil, warmupShare: Float? = nil,
    warmupStart: Float = 0, pace: LearningRateSchedule.Pace = .step, weightDecay: Float,
    decayScope: WeightDecayScope = .all, clipNorm: Float? = 1, dropPath: Float = 0,
    augmentation: TrainAugmentation? = nil, microBatch: Int? = nil, recompute: Bool = false, seed: UInt64
  ) {
    self.recipe = recipe
    self.epochs = epochs
    self.batchSize = batchSize
    self.dropLast = dropLast
    self.learningRate = learningRate
    self.floor = floor
    self.warmupSteps = warmupSteps
    self.warmupEpochs = warmupEpochs
    self.warmupShare = warmupShare
    self.warmupStart = warmupStart
    self.pace = pace
    self.weightDecay = weightDecay
    self.decayScope = decayScope
    self.clipNorm = clipNorm
    self.dropPath = dropPath
    self.augmentation = augmentation
    self.microBatch = microBatch
    self.recompute = recompute
    self.seed = seed
    seeds = TrainingSeeds(seed)
  }

  /// The same for any seed: runs with equal ones are repetitions of each other.
  package var withoutSeeds: FineTuningSettings {
    var settings = self
    settings.seed = 0
    settings.seeds = TrainingSeeds(0)
    return settings
  }

  /// The last batch of an epoch may be smaller, or is left out; then images take turns at waiting.
  public func stepsPerEpoch(images: Int) -> Int {
    leavesOutLastBatch(images: images) ? images / batchSize : (images + batchSize - 1) / batchSize
  }

  /// Whether an epoch leaves out images that fill no batch. Fewer images than a batch are never left out.
  public func leavesOutLastBatch(images: Int) -> Bool { dropLast && images >= batchSize }

  public func schedule(images: Int) -> LearningRateSchedule {
    let perEpoch = stepsPerEpoch(images: images)
    let total = epochs * perEpoch
    let warmup =
      warmupSteps ?? warmupEpochs.map { Int(($0 * Float(perEpoch)).rounded()) }
      ?? warmupShare.map { Int($0 * Float(total)) } ?? 0
    return LearningRateSchedule(
      peak: learningRate, floor: floor, warmupSteps: warmup, totalSteps: total, start: warmupStart,
      pace: pace, stepsPerEpoch: perEpoch)
  }
}
