import Foundation

/// Numbers as reports write them, independent of any locale.
package enum NumberText {
  /// What stands for a value that was not measured.
  package static let missing = "–"

  /// A fraction as a percentage without its sign: 0.749 is "74.9".
  package static func percent(_ fraction: Double?, decimals: Int = 1) -> String {
    guard let fraction = fraction?.ifPlottable else { return missing }
    return fixed(fraction * 100, decimals: decimals)
  }

  /// A difference of fractions in percentage points, with its sign: "+7.3", "−16.2".
  package static func points(_ difference: Double?) -> String {
    guard let difference = difference?.ifPlottable else { return missing }
    let text = fixed(difference * 100, decimals: 1)
    return text.hasPrefix("−") || text == "0.0" ? text : "+" + text
  }

  /// An interval of fractions as percentages: "74.0–75.8".
  package static func interval(_ interval: ConfidenceInterval?) -> String? {
    interval.map { "\(percent($0.lower))–\(percent($0.upper))" }
  }

  /// A number with `decimals` digits after the point and a true minus sign; never "−0".
  package static func fixed(_ value: Double, decimals: Int) -> String {
    guard let value = value.ifPlottable else { return missing }
    let digits = String(format: "%.\(max(0, min(decimals, 12)))f", value.magnitude)
    let isZero = digits.allSatisfy { $0 == "0" || $0 == "." }
    return value < 0 && !isZero ? "−" + digits : digits
  }

  /// A number as short as it can be written with at most `decimals` digits after the point.
  package static func trimmed(_ value: Double, decimals: Int) -> String {
    var text = fixed(value, decimals: decimals)
    guard text.contains(".") else { return text }
    while text.hasSuffix("0") { text.removeLast() }
    if text.hasSuffix(".") { text.removeLast() }
    return text
  }

  /// A whole number in groups of three digits: "1,184,256".
  package static func grouped(_ count: Int) -> String {
    let digits = String(count.magnitude)
    var result = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index).isMultiple(of: 3) { result.append(",") }
      result.append(digit)
    }
    return count < 0 ? "−" + result : result
  }

  /// A whole number with three significant digits: "1.18 M", "36.9 k", "640".
  package static func compact(_ count: Int) -> String {
    let magnitude = Double(count.magnitude)
    let units: [(Double, String)] = [(1e9, "G"), (1e6, "M"), (1e3, "k")]
    // A value that would round up to the next unit is written in that unit.
    guard let (unit, suffix) = units.first(where: { magnitude >= $0.0 * 0.9995 }), magnitude >= 1000 else {
      return grouped(count)
    }
    let scaled = magnitude / unit
    let decimals = scaled < 9.995 ? 2 : scaled < 99.95 ? 1 : 0
    return (count < 0 ? "−" : "") + fixed(scaled, decimals: decimals) + "\u{202F}" + suffix
  }

  /// A round number in its largest unit: "100 k", "5 M", "0.01".
  package static func magnitude(_ value: Double, decimals: Int) -> String {
    guard let unit = [(1e9, "G"), (1e6, "M"), (1e3, "k")].first(where: { value.magnitude >= $0.0 * 0.9995 })
    else {
      return trimmed(value, decimals: decimals)
    }
    return trimmed(value / unit.0, decimals: 2) + "\u{202F}" + unit.1
  }

  /// A duration in its two largest units: "42 s", "3 min 20 s", "2 h 05 min".
  package static func duration(seconds: Double?) -> String {
    guard let seconds = seconds?.ifPlottable, seconds >= 0 else { return missing }
    if seconds < 9.95 { return fixed(seconds, decimals: 1) + " s" }
    let whole = Int(seconds.rounded())
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
    let minutes = whole / 60 % 60
    return "\(grouped(whole / 3600)) h \(minutes < 10 ? "0" : "")\(minutes) min"
  }

  /// An interpolation weight: "0.4".
  package static func alpha(_ alpha: Double) -> String { trimmed(alpha, decimals: 3) }

  /// A coordinate of a drawing, in hundredths.
  package static func coordinate(_ value: Double) -> String {
    guard let value = value.ifPlottable else { return "0" }
    var text = String(format: "%.2f", value)
    while text.hasSuffix("0") { text.removeLast() }
    if text.hasSuffix(".") { text.removeLast() }
    return text == "-0" ? "0" : text
  }
}
