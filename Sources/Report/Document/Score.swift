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
  /// Number of images scored.
  public var n: Int
  /// Values by the key of their metric, accuracy among them.
  public var values: [String: Double]
  /// 95% intervals of them.
  public var intervals: [String: ConfidenceInterval]

  /// The metric that curves are drawn of: top-1 accuracy, a fraction in 0…1.
  public static let accuracy = "top1"

  /// A score over `n` images.
  public init(n: Int, values: [String: Double], intervals: [String: ConfidenceInterval] = [:]) {
    (self.n, self.values, self.intervals) = (n, values, intervals)
  }

  /// A score of an accuracy alone, a fraction in 0…1.
  public init(top1: Double, ci95: ConfidenceInterval? = nil, n: Int) {
    self.init(n: n, values: [Self.accuracy: top1], intervals: ci95.map { [Self.accuracy: $0] } ?? [:])
  }

  /// A score that was not measured.
  public static let missing = Score(n: 0, values: [:])

  /// Top-1 accuracy; not a number where it was not measured.
  public var top1: Double { values[Self.accuracy] ?? .nan }

  /// Top-1 accuracy where it was measured.
  public var measuredTop1: Double? { measured(Self.accuracy) }

  /// The interval of the accuracy where both of its ends were measured.
  public var measuredInterval: ConfidenceInterval? { measuredInterval(Self.accuracy) }

  /// A metric where it was measured.
  public func measured(_ metric: String) -> Double? { values[metric]?.ifPlottable }

  /// The interval of a metric where both of its ends were measured.
  public func measuredInterval(_ metric: String) -> ConfidenceInterval? {
    guard let interval = intervals[metric], interval.lower.ifPlottable != nil,
      interval.upper.ifPlottable != nil
    else { return nil }
    return interval
  }
}

extension Double {
  /// The value, unless it is not finite or too large for arithmetic on ranges to stay finite.
  package var ifPlottable: Double? { isFinite && magnitude < 1e15 ? self : nil }
}

/// The keys are those of `eval-shift --json`; an accuracy that was not measured is null, since JSON has no NaN, and of other
/// metrics there is no word.
extension Score: Codable {
  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  private static let countKey = "n"
  private static let intervalSuffix = "_ci95"

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    n = try container.decodeIfPresent(Int.self, forKey: Key(Self.countKey)) ?? 0
    (values, intervals) = ([:], [:])
    for key in container.allKeys where key.stringValue != Self.countKey {
      if key.stringValue.hasSuffix(Self.intervalSuffix) {
        intervals[String(key.stringValue.dropLast(Self.intervalSuffix.count))] =
          try container.decodeIfPresent(ConfidenceInterval.self, forKey: key)
      } else {
        values[key.stringValue] = try container.decodeIfPresent(Double.self, forKey: key)
      }
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(n, forKey: Key(Self.countKey))
    // Who reads it looks for the accuracy.
    try container.encode(measuredTop1, forKey: Key(Self.accuracy))
    for metric in Set(values.keys).union(intervals.keys) {
      try container.encodeIfPresent(measured(metric), forKey: Key(metric))
      try container.encodeIfPresent(
        measuredInterval(metric), forKey: Key(metric + Self.intervalSuffix))
    }
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
