/// A number of bytes as people write it: 2GB, 512 MB, 1.5GiB, 0.
public struct ByteSize: Sendable, Equatable {
  public let bytes: Int

  /// What is wanted, for errors.
  public static let advice = "give a size with its unit, such as 2GB or 512MB, or 0 for none"

  private static let units: [String: Double] = [
    "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12,
    "kib": 0x1p10, "mib": 0x1p20, "gib": 0x1p30, "tib": 0x1p40,
  ]

  /// Nil for what is no size: without a unit, only 0 is one, since bytes, kilobytes and more could be meant.
  public init?(_ text: String) {
    let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let unit = text.dropFirst(number.count).drop { $0 == " " }.lowercased()
    guard let first = number.first, first != ".", number.last != ".", let value = Double(number) else {
      return nil
    }
    guard let factor = Self.units[unit] ?? (unit.isEmpty && value == 0 ? 1 : nil) else { return nil }
    // Also keeps out what no machine has.
    guard value * factor < 0x1p60 else { return nil }
    bytes = Int(value * factor)
  }
}
