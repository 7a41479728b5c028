/// The alphas of a sweep: decimals between 0 and 1, ascending, each once.
public struct AlphaGrid: Sendable, Equatable {
  /// The nearest number to each decimal: 0.3, not 0.30000000000000004.
  public let values: [Double]

  private static let maximumCount = 10_000
  private static let decimals = 9
  private static let one = 1_000_000_000

  /// Reads a comma-separated list of decimals and ranges `first:last:step`, whose steps must meet the last.
  public init(parsing text: String) throws(WiSEError) {
    // In billionths, so that no rounding error adds up over a range.
    var points: Set<Int> = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let numbers = part.split(separator: ":", omittingEmptySubsequences: false)
      switch numbers.count {
      case 1: points.insert(try Self.alpha(numbers[0]))
      case 3:
        let (first, last) = (try Self.alpha(numbers[0]), try Self.alpha(numbers[1]))
        let step = try Self.billionths(numbers[2])
        guard first <= last else { throw .badGrid(part: String(part), problem: "ends before it begins") }
        guard step > 0 else { throw .badGrid(part: String(part), problem: "has no step above 0") }
        guard (last - first) / step < Self.maximumCount else {
          throw .badGrid(part: String(part), problem: "has more than \(Self.maximumCount) points")
        }
        guard (last - first) % step == 0 else {
          let reached = first + (last - first) / step * step
          throw .badGrid(
            part: String(part),
            problem: "steps over its end; write \(Self.text(first)):\(Self.text(reached)):\(Self.text(step)) "
              + "for what it reaches, with ,\(Self.text(last)) after it for the end as well")
        }
        points.formUnion(stride(from: first, through: last, by: step))
      default: throw .badGrid(part: String(part), problem: "is no range")
      }
      guard points.count <= Self.maximumCount else {
        throw .badGrid(
          part: String(part), problem: "brings the list to more than \(Self.maximumCount) points")
      }
    }
    values = points.sorted().map { Double($0) / Double(Self.one) }
  }

  /// Billionths as the shortest decimal.
  private static func text(_ billionths: Int) -> String {
    let number = String(Double(billionths) / Double(one))
    return number.hasSuffix(".0") ? String(number.dropLast(2)) : number
  }

  private static func alpha(_ text: Substring) throws(WiSEError) -> Int {
    let value = try billionths(text)
    guard value <= one else { throw .badGrid(part: String(text), problem: "is not between 0 and 1") }
    return value
  }

  /// A decimal such as `1`, `0.25` or `.5`, without sign or exponent, exactly.
  private static func billionths(_ text: Substring) throws(WiSEError) -> Int {
    let trimmed = text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()
    let parts = String(trimmed).split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let whole = parts[0]
    let fraction = parts.count == 2 ? parts[1] : ""
    guard !(whole + fraction).isEmpty, (whole + fraction).allSatisfy({ $0.isASCII && $0.isNumber }) else {
      throw .badGrid(part: String(text), problem: "is no decimal number")
    }
    guard whole.count <= decimals, fraction.count <= decimals else {
      throw .badGrid(
        part: String(text), problem: "has more than \(decimals) digits before or after the point")
    }
    let padded = fraction + String(repeating: "0", count: decimals - fraction.count)
    return (Int(whole) ?? 0) * one + (Int(padded) ?? 0)
  }
}
