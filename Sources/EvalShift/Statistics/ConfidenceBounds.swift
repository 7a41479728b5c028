/// Two bounds that hold a number with some confidence, 95% unless another level is named where they are found; in JSON
/// `[lower, upper]`.
public struct ConfidenceBounds: Sendable, Equatable {
  public let lower: Double
  public let upper: Double

  public init(lower: Double, upper: Double) {
    self.lower = lower
    self.upper = upper
  }

  /// Fails unless a level of confidence lies between 0 and 1, both excluded.
  static func requireLevel(_ level: Double) throws(EvaluationError) {
    guard level > 0, level < 1 else {
      throw .statistic("a confidence level lies between 0 and 1, and \(level) does not: use 0.95")
    }
  }
}

extension ConfidenceBounds: Codable {
  public init(from decoder: any Decoder) throws {
    var values = try decoder.unkeyedContainer()
    self.init(lower: try values.decode(Double.self), upper: try values.decode(Double.self))
    guard values.isAtEnd else {
      throw DecodingError.dataCorruptedError(in: values, debugDescription: "an interval has two bounds")
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.unkeyedContainer()
    try values.encode(lower)
    try values.encode(upper)
  }
}
