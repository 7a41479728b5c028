/// An average of the weights along training, which takes their place when it ends: one of two kinds, or none.
public struct AveragingSettings: Codable, Sendable, Equatable {
  /// How much of an exponential average stays at each step.
  @OrNull public var ema: Double?
  /// Both parameters of the beta distribution whose density at (t + ½) / (T + 1) weighs the weights after step t of T, those
  /// before the first included (CLIPood, Shu et al. 2023).
  @OrNull public var beta: Double?

  public init(ema: Double? = nil, beta: Double? = nil) {
    _ema = OrNull(wrappedValue: ema)
    _beta = OrNull(wrappedValue: beta)
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
