/// A 95% interval of a number, unless another level is named where it is made; in JSON `[lower, upper]`.
public struct ConfidenceInterval: Sendable, Equatable {
  public let lower: Double
  public let upper: Double

  public init(lower: Double, upper: Double) {
    self.lower = lower
    self.upper = upper
  }
}

extension ConfidenceInterval: Codable {
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
