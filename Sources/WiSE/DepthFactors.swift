import TensorCore

/// Factors that change evenly with depth: `first` in a tower's first block, `last` in its last, and `first` outside the blocks
/// (LiNeS; Wang et al., ICLR 2025).
public struct DepthFactors: Sendable, Equatable {
  public let first: Double
  public let last: Double
  private let growth: Double

  public init(first: Double, last: Double) {
    (self.first, self.last, growth) = (first, last, last - first)
  }

  /// `growth` is how much more the last block's factor is.
  init(first: Double, growth: Double) {
    (self.first, last, self.growth) = (first, first + growth, growth)
  }

  /// Reads `A:B`, two decimals.
  public init(parsing text: String) throws(WiSEError) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let first = Billionths.read(parts[0]), let last = Billionths.read(parts[1])
    else { throw .badDepth(text) }
    self.init(first: Billionths.value(first), last: Billionths.value(last))
  }

  /// The factor of a block, or outside the blocks.
  public func factor(at place: BlockPlace?) -> Double {
    let share = place?.depthShare ?? 0
    return share == 1 ? last : first + growth * share
  }
}

extension DepthFactors: CustomStringConvertible, Codable {
  /// As it is parsed.
  public var description: String { "\(Billionths.text(first)):\(Billionths.text(last))" }

  public init(from decoder: any Decoder) throws {
    try self.init(parsing: try decoder.singleValueContainer().decode(String.self))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
