/// A value of a settings file, of which only some keys are known beforehand.
package enum JSONValue: Decodable, Equatable, Sendable {
  case null
  case bool(Bool)
  case number(Double)
  case text(String)
  case list([JSONValue])
  case object([String: JSONValue])

  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .text(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .list(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  package var object: [String: JSONValue]? {
    if case .object(let value) = self { value } else { nil }
  }

  package var text: String? {
    if case .text(let value) = self { value } else { nil }
  }

  /// Whether it says nothing: null, or an empty list or object.
  package var isEmpty: Bool {
    switch self {
    case .null, .list([]): true
    case .object(let value): value.isEmpty
    default: false
    }
  }

  /// The value as a settings file has it, cut where it is long.
  package var summary: String {
    let text =
      switch self {
      case .null: "null"
      case .bool(let value): "\(value)"
      case .number(let value): Int(exactly: value).map { "\($0)" } ?? "\(value)"
      case .text(let value): "\"\(value)\""
      case .list(let values): "[" + values.prefix(8).map(\.summary).joined(separator: ", ") + "]"
      case .object(let values):
        "{"
          + values.sorted { $0.key < $1.key }.prefix(8).map { "\"\($0.key)\": \($0.value.summary)" }
          .joined(separator: ", ") + "}"
      }
    return text.count > 60 ? text.prefix(60) + "…" : text
  }
}

/// The keys that a settings file may have.
package struct KnownKeys: Sendable {
  /// Read by this program, and those that change no number, whatever they say.
  package let free: Set<String>
  /// Those that change numbers, with the one value that means what this program does anyway.
  package let fixed: [String: JSONValue]

  package init(free: Set<String>, fixed: [String: JSONValue] = [:]) {
    self.free = free
    self.fixed = fixed
  }

  /// What is wrong with the first key that is not understood, in a few words; nil where all are. A key without a value
  /// says nothing.
  package func problem(in object: [String: JSONValue], under path: String = "") -> String? {
    for (key, value) in object.sorted(by: { $0.key < $1.key }) where !free.contains(key) && !value.isEmpty {
      guard let meant = fixed[key] else {
        return "the key \(path)\(key) is not known, so what it changes is not either (it is \(value.summary))"
      }
      guard value == meant else {
        return "\(path)\(key) is \(value.summary); only \(meant.summary) can be read"
      }
    }
    return nil
  }
}
