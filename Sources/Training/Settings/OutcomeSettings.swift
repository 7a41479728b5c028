/// An average of the weights along training: one of two kinds, or none.
public struct AveragingSettings: Codable, Sendable, Equatable {
  /// How much of an exponential average stays at each update.
  @OrNull public var ema: Double?
  /// How much stays at the first update, from which `ema` is reached in equal parts; nil is `ema` from the beginning on.
  @OrNull public var emaStart: Double?
  /// Over which share of the steps `ema` is reached; nothing without `emaStart`.
  public var emaWarmupShare: Double
  /// Steps from one update to the next; the first step has one.
  public var every: Int
  /// Both parameters of the beta distribution whose density at (t + ½) / (T + 1) weighs the weights after step t of T, those
  /// before the first included (CLIPood, Shu et al. 2023).
  @OrNull public var beta: Double?
  /// Whether the average only teaches: else it takes the weights' place when training ends, and in validation.
  public var teacherOnly: Bool

  public init(
    ema: Double? = nil, emaStart: Double? = nil, emaWarmupShare: Double = 0, every: Int = 1,
    beta: Double? = nil, teacherOnly: Bool = false
  ) {
    _ema = OrNull(wrappedValue: ema)
    _emaStart = OrNull(wrappedValue: emaStart)
    self.emaWarmupShare = emaWarmupShare
    self.every = every
    _beta = OrNull(wrappedValue: beta)
    self.teacherOnly = teacherOnly
  }

  public var isOff: Bool { ema == nil && beta == nil }
}

/// Which weights a run ends with.
public struct SelectionSettings: Codable, Sendable, Equatable {
  public var epoch: Epoch
  /// Epochs without a better validation accuracy after which training ends; nil never ends early.
  @OrNull public var patience: Int?

  public enum Epoch: String, Codable, Sendable, CaseIterable {
    case last
    /// The first of those with the best validation accuracy.
    case best
  }

  public init(epoch: Epoch = .last, patience: Int? = nil) {
    self.epoch = epoch
    _patience = OrNull(wrappedValue: patience)
  }
}

/// How the head begins, and whether it trains.
public struct HeadSettings: Codable, Sendable, Equatable {
  public var start: Start
  /// Whether class weights and bias stay as they begin.
  public var frozen: Bool

  public enum Start: String, Codable, Sendable, CaseIterable {
    case zeroShot = "zero_shot"
    /// As PyTorch begins a linear layer.
    case random
    /// A linear probe at its optimum, its strength chosen on the validation images (LP-FT, Kumar et al. 2022).
    case probe
  }

  public init(start: Start = .zeroShot, frozen: Bool = false) {
    self.start = start
    self.frozen = frozen
  }
}
