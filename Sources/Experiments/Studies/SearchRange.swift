import Foundation
import TensorCore

/// A range of numbers that a random search draws from (Bergstra and Bengio 2012).
struct SearchRange {
  enum Scale: String, CaseIterable {
    /// Every number is as likely as another.
    case linear
    /// Every order of magnitude is.
    case log
  }

  let min, max: Double
  let scale: Scale
  /// Whether whole numbers alone are meant, which both ends then are.
  let isWhole: Bool

  private static let digits = 3

  /// Values that the same seed draws again: whole, or of three significant digits, so that their names say what they are.
  func drawn(_ count: Int, seed: UInt64) -> [SpecValue] {
    var random = SeededRandom(seed)
    return (0..<count).map { _ in
      let part = Double(random.next() >> 11) * 0x1p-53
      // Each whole number has the same width, its own at both ends, too.
      let (low, high) = isWhole ? (min - 0.5, max + 0.5) : (min, max)
      let value: Double =
        switch scale {
        case .linear: low + (high - low) * part
        case .log: low * pow(high / low, part)
        }
      if isWhole { return .integer(Int64(Swift.min(max, Swift.max(min, value.rounded())))) }
      let rounded = Double(String(format: "%.*g", Self.digits, value)) ?? value
      return .number(Swift.min(max, Swift.max(min, rounded)))
    }
  }
}

extension StudyReader {
  /// The range that a key of the search gives; nil where it gives something else.
  func range(_ value: SpecValue, _ key: String) throws -> SearchRange? {
    guard value.map != nil else { return nil }
    try requireKnown(value, under: key, ["min", "max", "scale"])
    guard let low = value["min"]?.number, let high = value["max"]?.number, low < high else {
      throw error(
        key,
        "\(key) cannot be '\(value.text)'; give the ends of a range, as in {min: 1e-5, max: 1e-2, scale: log}"
      )
    }
    let words = SearchRange.Scale.allCases.map(\.rawValue).joined(separator: ", ")
    guard let scale = value["scale"].map({ SearchRange.Scale(rawValue: $0.text) }) ?? .linear else {
      throw error(key, "\(key).scale is '\(value["scale"]?.text ?? "")'; there are \(words)")
    }
    guard scale == .linear || low > 0 else {
      throw error(key, "\(key).min is \(low), and scale: log draws from what is above 0")
    }
    var isWhole = false
    if case (.integer?, .integer?) = (value["min"], value["max"]) { isWhole = true }
    // Beyond this not every whole number is one.
    guard !isWhole || Swift.max(abs(low), abs(high)) < 0x1p53 else {
      throw error(key, "\(key) reaches beyond 2^53; give lesser whole numbers")
    }
    return SearchRange(min: low, max: high, scale: scale, isWhole: isWhole)
  }
}
