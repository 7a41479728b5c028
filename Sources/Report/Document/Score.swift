import Foundation

/// A 95% interval of a score, as fractions in 0…1.
public struct ConfidenceInterval: Sendable, Equatable {
  public var lower: Double
  public var upper: Double

  /// An interval from `lower` to `upper`, both fractions in 0…1.
  public init(lower: Double, upper: Double) {
    self.lower = lower
    self.upper = upper
  }
}

/// What one set of weights scores on one dataset; a value that is not finite counts as not measured.
public struct Score: Sendable, Equatable {
  /// Top-1 accuracy, a fraction in 0…1.
  public var top1: Double
  /// The 95% interval of `top1`.
  public var ci95: ConfidenceInterval?
  /// The number of images scored.
  public var n: Int
  /// Top-5 accuracy, a fraction in 0…1.
  public var top5: Double?
  /// Expected calibration error, a fraction in 0…1.
  public var ece: Double?
  /// Mean negative log-likelihood, in nats.
  public var nll: Double?

  /// A score of `top1` over `n` images.
  public init(
    top1: Double, ci95: ConfidenceInterval? = nil, n: Int, top5: Double? = nil, ece: Double? = nil,
    nll: Double? = nil
  ) {
    self.top1 = top1
    self.ci95 = ci95
    self.n = n
    self.top5 = top5
    self.ece = ece
    self.nll = nll
  }

  /// A score that was not measured.
  public static let missing = Score(top1: .nan, n: 0)

  /// Top-1 accuracy where it was measured.
  public var measuredTop1: Double? { top1.ifPlottable }

  /// The interval where both of its ends were measured.
  public var measuredInterval: ConfidenceInterval? {
    guard let ci95, ci95.lower.ifPlottable != nil, ci95.upper.ifPlottable != nil else { return nil }
    return ci95
  }
}

extension Double {
  /// The value, unless it is not finite or too large for arithmetic on ranges to stay finite.
  package var ifPlottable: Double? { isFinite && magnitude < 1e15 ? self : nil }
}

/// The keys are those of `eval-shift --json`; what was not measured is null, since JSON has no NaN.
extension Score: Codable {
  private enum CodingKeys: String, CodingKey {
    case top1
    case ci95 = "top1_ci95"
    case n, top5, ece, nll
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    top1 = try values.decodeIfPresent(Double.self, forKey: .top1) ?? .nan
    ci95 = try values.decodeIfPresent(ConfidenceInterval.self, forKey: .ci95)
    n = try values.decodeIfPresent(Int.self, forKey: .n) ?? 0
    top5 = try values.decodeIfPresent(Double.self, forKey: .top5)
    ece = try values.decodeIfPresent(Double.self, forKey: .ece)
    nll = try values.decodeIfPresent(Double.self, forKey: .nll)
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(top1.ifPlottable, forKey: .top1)
    try values.encodeIfPresent(measuredInterval, forKey: .ci95)
    try values.encode(n, forKey: .n)
    try values.encodeIfPresent(top5?.ifPlottable, forKey: .top5)
    try values.encodeIfPresent(ece?.ifPlottable, forKey: .ece)
    try values.encodeIfPresent(nll?.ifPlottable, forKey: .nll)
  }
}

/// An interval is the array `[lower, upper]`.
extension ConfidenceInterval: Codable {
  public init(from decoder: any Decoder) throws {
    var values = try decoder.unkeyedContainer()
    lower = try values.decode(Double.self)
    upper = try values.decode(Double.self)
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.unkeyedContainer()
    try values.encode(lower)
    try values.encode(upper)
  }
}
