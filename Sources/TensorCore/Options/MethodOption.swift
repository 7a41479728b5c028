/// One choice that a method offers: where it is kept, what is valid, and how it is written.
///
/// A method lists one for each of its properties that users may set; the property's initial value is the default.
public struct MethodOption<Method>: Sendable {
  public let name: String
  /// Values that can be given, in words, as after "give".
  public let valid: String
  public let help: String
  package let get: @Sendable (Method) -> OptionValue
  /// Whether the text is a valid value; sets it if so.
  package let set: @Sendable (inout Method, String) -> Bool

  /// What help says about it; `standard` has the defaults.
  public func description(of standard: Method) -> OptionDescription {
    OptionDescription(name: name, help: help, valid: valid, standard: get(standard))
  }

  /// A whole number.
  public init(
    _ name: String, _ path: WritableKeyPath<Method, Int> & Sendable, _ range: ClosedRange<Int>,
    _ help: String
  ) {
    self.name = name
    self.help = help
    valid = "a whole number in \(range.lowerBound)…\(range.upperBound)"
    get = { .number(Double($0[keyPath: path])) }
    set = { method, text in
      guard let number = Double(text), let value = Int(exactly: number), range.contains(value) else {
        return false
      }
      method[keyPath: path] = value
      return true
    }
  }

  /// A number.
  public init(
    _ name: String, _ path: WritableKeyPath<Method, Float> & Sendable, _ range: ClosedRange<Float>,
    _ help: String
  ) {
    self.name = name
    self.help = help
    valid = "a number in \(OptionValue(range.lowerBound))…\(OptionValue(range.upperBound))"
    get = { OptionValue($0[keyPath: path]) }
    set = { method, text in
      guard let number = Double(text), range.contains(Float(number)) else { return false }
      method[keyPath: path] = Float(number)
      return true
    }
  }

  /// A switch.
  public init(_ name: String, _ path: WritableKeyPath<Method, Bool> & Sendable, _ help: String) {
    self.name = name
    self.help = help
    valid = "true or false"
    get = { .flag($0[keyPath: path]) }
    set = { method, text in
      guard let value = Bool(text) else { return false }
      method[keyPath: path] = value
      return true
    }
  }

  /// One of several words, a list, or text.
  public init<Value: OptionText>(
    _ name: String, _ path: WritableKeyPath<Method, Value> & Sendable, _ help: String
  ) {
    self.name = name
    self.help = help
    valid = Value.valid
    get = { .text($0[keyPath: path].optionText) }
    set = { method, text in
      guard let value = Value(optionText: text) else { return false }
      method[keyPath: path] = value
      return true
    }
  }
}

extension OptionValue {
  /// The number as it is written, not with the digits of a wider type.
  fileprivate init(_ value: Float) { self = .number(Double(value.description) ?? Double(value)) }
}

/// A value of an option that is written as text.
public protocol OptionText: Sendable {
  /// What can be given, in words.
  static var valid: String { get }
  init?(optionText: String)
  /// As it is recorded: equal values have one text.
  var optionText: String { get }
}

/// One of several words.
public protocol OptionChoice: OptionText, CaseIterable, RawRepresentable where RawValue == String {}

extension OptionChoice {
  public static var valid: String { "one of " + allCases.map(\.rawValue).joined(separator: ", ") }
  public init?(optionText: String) { self.init(rawValue: optionText) }
  public var optionText: String { rawValue }
}

/// What help says about an option.
public struct OptionDescription: Encodable, Sendable {
  public let name: String
  public let help: String
  public let valid: String
  public let standard: OptionValue

  private enum CodingKeys: String, CodingKey {
    case name, help, valid
    case standard = "default"
  }
}
