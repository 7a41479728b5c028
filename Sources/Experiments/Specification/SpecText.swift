import Foundation

extension SpecValue {
  /// The order of keys at the top, and of those that come first below.
  private static let order = [
    "all", "recipe", "model", "arch", "adapter", "image_size", "data", "method", "objective", "teacher",
    "head", "optimizer", "schedule",
    "batch",
    "augmentation", "drop_path", "averaging", "selection", "precision", "seeds", "name", "dataset", "pattern",
    "lr", "epochs",
    "size",
  ]

  /// The tree in YAML, as `SpecFile` reads it.
  public var yaml: String { Self.lines(self, indent: 0).joined(separator: "\n") }

  private static func sorted(_ map: [String: SpecValue]) -> [(key: String, value: SpecValue)] {
    map.sorted { a, b in
      let (one, other) = (order.firstIndex(of: a.key) ?? .max, order.firstIndex(of: b.key) ?? .max)
      return one == other ? a.key < b.key : one < other
    }
  }

  private static func lines(_ value: SpecValue, indent: Int) -> [String] {
    guard case .map(let map) = value else { return [flow(value)] }
    let space = String(repeating: " ", count: indent)
    return sorted(map).flatMap { key, value -> [String] in
      if case .map(let inner) = value, !inner.isEmpty {
        return ["\(space)\(flow(.text(key))):"] + lines(value, indent: indent + 2)
      }
      if case .list(let values) = value, values.contains(where: { $0.map != nil }) {
        return ["\(space)\(flow(.text(key))):"] + values.map { "\(space)  - \(flow($0))" }
      }
      return ["\(space)\(flow(.text(key))): \(flow(value))"]
    }
  }

  /// On one line.
  private static func flow(_ value: SpecValue) -> String {
    switch value {
    case .null: "null"
    case .flag, .integer, .natural, .number: value.text
    case .text(let text): isPlain(text) ? text : quoted(text)
    case .list(let values): "[" + values.map(flow).joined(separator: ", ") + "]"
    case .map(let values):
      "{" + sorted(values).map { "\(flow(.text($0.key))): \(flow($0.value))" }.joined(separator: ", ") + "}"
    }
  }

  /// Whether a text stands for itself without quotes.
  private static func isPlain(_ text: String) -> Bool {
    guard let first = text.unicodeScalars.first, SpecValue(word: text) == .text(text) else { return false }
    let letters = CharacterSet(charactersIn: "a"..."z").union(CharacterSet(charactersIn: "A"..."Z"))
    let plain = letters.union(CharacterSet(charactersIn: "0123456789_-./"))
    let words = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"]
    return (letters.contains(first) || first == "/") && text.unicodeScalars.allSatisfy(plain.contains)
      && !words.contains(text.lowercased())
  }

  /// As JSON quotes it, which YAML reads.
  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case _ where scalar.value < 0x20: result += String(format: "\\u%04x", scalar.value)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
