import Foundation

/// A user's choice of one option of a method, as it stands in records.
public enum OptionValue: Codable, Sendable, Hashable, CustomStringConvertible {
  case number(Double)
  case flag(Bool)
  /// One of several words, a list of blocks or layers, or free text.
  case text(String)

  /// As a user writes it after `--option name=`.
  public var description: String {
    switch self {
    case .number(let number):
      number.rounded() == number && abs(number) < 1e15 ? "\(Int(number))" : "\(number)"
    case .flag(let flag): "\(flag)"
    case .text(let text): text
    }
  }

  public var number: Double? {
    guard case .number(let number) = self else { return nil }
    return number
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let flag = try? container.decode(Bool.self) {
      self = .flag(flag)
    } else if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else {
      self = .text(try container.decode(String.self))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .number(let number): try container.encode(number)
    case .flag(let flag): try container.encode(flag)
    case .text(let text): try container.encode(text)
    }
  }
}

extension [String: OptionValue] {
  /// `dropout=0.1 rank=8`, by name.
  public var text: String {
    sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
  }
}
