/// Decimals in billionths, so that no rounding error adds up.
enum Billionths {
  static let one = 1_000_000_000
  /// Before and after the point.
  static let digits = 9

  /// The nearest number.
  static func value(_ billionths: Int) -> Double { Double(billionths) / Double(one) }

  /// A number as the shortest decimal.
  static func text(_ value: Double) -> String {
    let number = String(value)
    return number.hasSuffix(".0") ? String(number.dropLast(2)) : number
  }

  /// A decimal such as `1`, `-0.25` or `.5`, without exponent, exactly; nil where it is none, or has too many digits.
  static func read(_ text: Substring) -> Int? {
    let trimmed = String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    let isNegative = trimmed.hasPrefix("-")
    let parts = trimmed.dropFirst(isNegative ? 1 : 0)
      .split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let whole = parts[0]
    let fraction = parts.count == 2 ? parts[1] : ""
    guard !(whole + fraction).isEmpty, (whole + fraction).allSatisfy({ $0.isASCII && $0.isNumber }),
      whole.count <= digits, fraction.count <= digits
    else { return nil }
    let padded = fraction + String(repeating: "0", count: digits - fraction.count)
    let magnitude = (Int(whole) ?? 0) * one + (Int(padded) ?? 0)
    return isNegative ? -magnitude : magnitude
  }
}
