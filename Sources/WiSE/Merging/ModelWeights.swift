import TensorCore

/// A factor for each model, in their order; none is 1 for each.
public struct ModelWeights: OptionText, Equatable {
  public let values: [Double]

  public init(_ values: [Double] = []) { self.values = values }

  public static let valid = "a number for each model, as in 1,0.5,0.5"

  public init?(optionText: String) {
    let parts = optionText.split(separator: ",", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { Double($0.drop { $0 == " " }) }
    guard numbers.count == parts.count, numbers.allSatisfy(\.isFinite) else { return nil }
    values = numbers
  }

  public var optionText: String {
    values.isEmpty ? "1 for each" : values.map { OptionValue.number($0).description }.joined(separator: ",")
  }

  /// Those of `count` models.
  func of(_ count: Int) throws(MergeError) -> [Double] {
    guard !values.isEmpty else { return Array(repeating: 1, count: count) }
    guard values.count == count else { throw .weightCount(values.count, models: count) }
    return values
  }
}
