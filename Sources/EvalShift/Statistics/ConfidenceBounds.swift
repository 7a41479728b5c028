/// Two bounds that hold a number with some confidence.
public struct ConfidenceBounds: Sendable, Equatable, Codable {
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
