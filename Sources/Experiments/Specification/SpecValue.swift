import Checkpoint
import Foundation

/// A value of a specification whose shape is not known yet: what a file, a flag or `--set` says.
public enum SpecValue: Codable, Sendable, Equatable {
  case null
  case flag(Bool)
  case integer(Int64)
  /// A seed may be greater than what `integer` holds.
  case natural(UInt64)
  case number(Double)
  case text(String)
  case list([SpecValue])
  case map([String: SpecValue])

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .flag(value)
    } else if let value = try? container.decode(Int64.self) {
      self = .integer(value)
    } else if let value = try? container.decode(UInt64.self) {
      self = .natural(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .text(value)
    } else if let value = try? container.decode([SpecValue].self) {
      self = .list(value)
    } else {
      self = .map(try container.decode([String: SpecValue].self))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .flag(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    case .natural(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .text(let value): try container.encode(value)
    case .list(let value): try container.encode(value)
    case .map(let value): try container.encode(value)
    }
  }

  /// What a value is as a tree.
  public init(encoding value: some Encodable) throws {
    self = try JSONDecoder().decode(SpecValue.self, from: JSONFormat.encode(value))
  }

  /// The tree as a value. Throws a `SpecMismatch` that names the key and what may be there.
  func decoded<Value: Decodable>(_ type: Value.Type, log: SpecDecoder.Log = .init()) throws -> Value {
    try SpecDecoder(self, log: log).decode(type)
  }

  /// As one writes it after `--set key=`.
  public var text: String {
    switch self {
    case .null: "none"
    case .flag(let value): "\(value)"
    case .integer(let value): "\(value)"
    case .natural(let value): "\(value)"
    case .number(let value): "\(value)"
    case .text(let value): value
    case .list(let values): "[" + values.map(\.text).joined(separator: ", ") + "]"
    case .map(let values):
      "{" + values.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.text)" }.joined(separator: ", ")
        + "}"
    }
  }

  public var map: [String: SpecValue]? {
    if case .map(let value) = self { value } else { nil }
  }

  /// A number of any kind.
  public var number: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .natural(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  // MARK: Paths, such as `optimizer.lr` and `optimizer.groups.0.lr`

  public subscript(_ path: String) -> SpecValue? { self[path.split(separator: ".").map(String.init)[...]] }

  private subscript(_ path: ArraySlice<String>) -> SpecValue? {
    guard let first = path.first else { return self }
    switch self {
    case .map(let values): return values[first]?[path.dropFirst()]
    case .list(let values):
      guard let index = Int(first), values.indices.contains(index) else { return nil }
      return values[index][path.dropFirst()]
    default: return nil
    }
  }

  /// Puts a value at a path, and makes maps on the way to it. False where a value in the way has no parts.
  public mutating func set(_ path: String, to value: SpecValue) -> Bool {
    set(path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)[...], to: value)
  }

  private mutating func set(_ path: ArraySlice<String>, to value: SpecValue) -> Bool {
    guard let first = path.first else {
      self = value
      return true
    }
    switch self {
    case .null: self = .map([:])
    case .list(var values):
      guard let index = Int(first), values.indices.contains(index),
        values[index].set(path.dropFirst(), to: value)
      else { return false }
      self = .list(values)
      return true
    default: break
    }
    guard case .map(var values) = self else { return false }
    var part = values[first] ?? .null
    guard part.set(path.dropFirst(), to: value) else { return false }
    values[first] = part
    self = .map(values)
    return true
  }

  /// Takes over what another tree says: maps key by key, everything else whole.
  public mutating func merge(_ other: SpecValue) {
    guard case .map(var mine) = self, case .map(let theirs) = other else {
      self = other
      return
    }
    for (key, value) in theirs {
      mine[key, default: .null].merge(value)
    }
    self = .map(mine)
  }

  public func merging(_ other: SpecValue) -> SpecValue {
    var merged = self
    merged.merge(other)
    return merged
  }

  /// Whether two paths are of the same value, or one of a part of the other's.
  static func overlap(_ one: String, _ other: String) -> Bool {
    one == other || one.hasPrefix(other + ".") || other.hasPrefix(one + ".")
  }

  /// Everything that has no parts, by its path; empty lists and maps, too.
  public var leaves: [String: SpecValue] {
    var found: [String: SpecValue] = [:]
    collect(under: "", into: &found)
    return found
  }

  private func collect(under path: String, into found: inout [String: SpecValue]) {
    func below(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
    switch self {
    case .map(let values) where !values.isEmpty:
      for (name, value) in values { value.collect(under: below(name), into: &found) }
    case .list(let values) where values.contains { $0.map != nil }:
      for (index, value) in values.enumerated() { value.collect(under: below("\(index)"), into: &found) }
    default: found[path] = self
    }
  }
}
