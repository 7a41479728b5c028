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

  /// Older records say less: they were made when there was no choice.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    recipe = try values.decodeIfPresent(String.self, forKey: .recipe)
    epochs = try values.decode(Int.self, forKey: .epochs)
    batchSize = try values.decode(Int.self, forKey: .batchSize)
    dropLast = try values.decodeIfPresent(Bool.self, forKey: .dropLast) ?? false
    learningRate = try values.decode(Float.self, forKey: .learningRate)
    floor = try values.decodeIfPresent(Float.self, forKey: .floor) ?? 0
    warmupSteps = try values.decodeIfPresent(Int.self, forKey: .warmupSteps)
    warmupEpochs = try values.decodeIfPresent(Float.self, forKey: .warmupEpochs)
    warmupShare = try values.decodeIfPresent(Float.self, forKey: .warmupShare)
    warmupStart = try values.decodeIfPresent(Float.self, forKey: .warmupStart) ?? 0
    pace = try values.decodeIfPresent(LearningRateSchedule.Pace.self, forKey: .pace) ?? .step
    weightDecay = try values.decode(Float.self, forKey: .weightDecay)
    decayScope = try values.decodeIfPresent(WeightDecayScope.self, forKey: .decayScope) ?? .all
    clipNorm = try values.decodeIfPresent(Float.self, forKey: .clipNorm)
    dropPath = try values.decode(Float.self, forKey: .dropPath)
    augmentation = try values.decodeIfPresent(TrainAugmentation.self, forKey: .augmentation)
    microBatch = try values.decodeIfPresent(Int.self, forKey: .microBatch)
    recompute = try values.decode(Bool.self, forKey: .recompute)
    seed = try values.decode(UInt64.self, forKey: .seed)
    seeds = try values.decodeIfPresent(TrainingSeeds.self, forKey: .seeds) ?? TrainingSeeds(seed)
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
