/// How long training takes, and how its learning rate changes.
public struct ScheduleSettings: Codable, Sendable, Equatable {
  public var name: LearningRateSchedule.Shape
  public var epochs: Int
  /// Warm-up: one of steps, epochs, and a share of all steps; without any, there is none.
  @OrNull public var warmupSteps: Int?
  @OrNull public var warmupEpochs: Float?
  @OrNull public var warmupShare: Float?
  /// What the warm-up begins from.
  public var warmupStart: Float
  /// Where the cosine or the line ends.
  public var floor: Float
  public var pace: LearningRateSchedule.Pace

  public init(
    name: LearningRateSchedule.Shape = .cosine, epochs: Int, warmupSteps: Int? = nil,
    warmupEpochs: Float? = nil,
    warmupShare: Float? = nil, warmupStart: Float = 0, floor: Float = 0,
    pace: LearningRateSchedule.Pace = .step
  ) {
    self.name = name
    self.epochs = epochs
    _warmupSteps = OrNull(wrappedValue: warmupSteps)
    _warmupEpochs = OrNull(wrappedValue: warmupEpochs)
    _warmupShare = OrNull(wrappedValue: warmupShare)
    self.warmupStart = warmupStart
    self.floor = floor
    self.pace = pace
  }
}

/// Which images make a step, and how much of them is in memory at once.
public struct BatchSettings: Codable, Sendable, Equatable {
  public var size: Int
  /// Whether images that do not fill a last batch wait for another epoch, where an epoch has at least one batch.
  public var dropLast: Bool
  /// Images of a step that are in memory at once, their gradients added up; nil takes the whole batch. What is learned
  /// does not depend on it beyond rounding.
  @OrNull public var micro: Int?
  /// Whether blocks keep only their input for backward and are computed anew there.
  public var recompute: Bool

  public init(size: Int, dropLast: Bool = false, micro: Int? = nil, recompute: Bool = false) {
    self.size = size
    self.dropLast = dropLast
    _micro = OrNull(wrappedValue: micro)
    self.recompute = recompute
  }
}
