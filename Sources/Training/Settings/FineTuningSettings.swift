import ImageCodec

/// How a fine-tuning run is optimised.
public struct FineTuningSettings: Codable, Sendable, Equatable {
  public var objective: ObjectiveSettings
  public var teacher: TeacherSettings
  public var head: HeadSettings
  public var optimizer: OptimizerSettings
  public var schedule: ScheduleSettings
  public var batch: BatchSettings
  /// Nil trains on the evaluation crop.
  @OrNull public var augmentation: AugmentationSettings?
  /// Drop-path probability of the last block.
  public var dropPath: Float
  public var averaging: AveragingSettings
  public var selection: SelectionSettings
  public var seeds: TrainingSeeds

  public init(
    objective: ObjectiveSettings = ObjectiveSettings(), teacher: TeacherSettings = TeacherSettings(),
    head: HeadSettings = HeadSettings(), optimizer: OptimizerSettings, schedule: ScheduleSettings,
    batch: BatchSettings, augmentation: AugmentationSettings? = nil, dropPath: Float = 0,
    averaging: AveragingSettings = AveragingSettings(), selection: SelectionSettings = SelectionSettings(),
    seeds: TrainingSeeds
  ) {
    self.objective = objective
    self.teacher = teacher
    self.head = head
    self.averaging = averaging
    self.selection = selection
    self.optimizer = optimizer
    self.schedule = schedule
    self.batch = batch
    _augmentation = OrNull(wrappedValue: augmentation)
    self.dropPath = dropPath
    self.seeds = seeds
  }

  /// The same for any seed, and however much is in memory at once: runs with equal ones are repetitions of each other.
  package var ofAnySeed: FineTuningSettings {
    var settings = self
    settings.seeds = TrainingSeeds(0)
    settings.batch.micro = nil
    settings.batch.recompute = false
    return settings
  }

  /// The last batch of an epoch may be smaller, or is left out; then images take turns at waiting.
  public func stepsPerEpoch(images: Int) -> Int {
    leavesOutLastBatch(images: images) ? images / batch.size : (images + batch.size - 1) / batch.size
  }

  /// Whether an epoch leaves out images that fill no batch. Fewer images than a batch are never left out.
  public func leavesOutLastBatch(images: Int) -> Bool { batch.dropLast && images >= batch.size }

  public func learningRates(images: Int) -> LearningRateSchedule {
    let perEpoch = stepsPerEpoch(images: images)
    let total = schedule.epochs * perEpoch
    let warmup =
      schedule.warmupSteps ?? schedule.warmupEpochs.map { Int(($0 * Float(perEpoch)).rounded()) }
      ?? schedule.warmupShare.map { Int($0 * Float(total)) } ?? 0
    return LearningRateSchedule(
      shape: schedule.name, peak: optimizer.lr, floor: schedule.floor, warmupSteps: warmup, totalSteps: total,
      start: schedule.warmupStart, pace: schedule.pace, stepsPerEpoch: perEpoch)
  }
}
