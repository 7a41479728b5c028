import Foundation
import TensorCore

/// Every fine-tuning method, by name. A new method is one file and one line here; contract tests iterate this list.
public enum MethodRegistry {
  public static let all: [any FineTuningMethod.Type] = [
    Full.self,
    LinearProbe.self,
    BitFit.self,
    SSF.self,
    LoRA.self,
  ]

  /// The method called `name` with options given as text, such as `["rank": "8"]`.
  public static func method(
    named name: String, options: [String: String] = [:]
  ) throws(MethodError) -> any FineTuningMethod {
    guard let type = all.first(where: { $0.name == name }) else {
      throw .unknownMethod(name, known: all.map { $0.name })
    }
    return try make(type, options: options)
  }

  private static func make<Method: FineTuningMethod>(
    _ type: Method.Type, options: [String: String]
  ) throws(MethodError) -> Method {
    let ranges = Dictionary(uniqueKeysWithValues: type.optionRanges.map { ($0.name, $0) })
    var values = optionValues(of: Method.defaultOptions)
    for (key, text) in options {
      guard let range = ranges[key] else {
        throw .unknownOption(key, method: type.name, known: type.optionRanges.map(\.name))
      }
      guard let value = Double(text), range.range.contains(value) else {
        throw .badOption(key, value: text, method: type.name, range: range.range)
      }
      values[key] = value
    }
    guard let data = try? JSONSerialization.data(withJSONObject: values),
      let decoded = try? JSONDecoder().decode(Method.Options.self, from: data)
    else {
      let given = options.map { "\($0)=\($1)" }.sorted().joined(separator: " ")
      throw .unusableOptions(given, method: type.name)
    }
    return Method(options: decoded)
  }

  /// The options of a method by name, as numbers.
  static func optionValues(of options: some Encodable) -> [String: Double] {
    guard let data = try? JSONEncoder().encode(options),
      let values = try? JSONDecoder().decode([String: Double].self, from: data)
    else { return [:] }
    return values
  }
}

extension FineTuningMethod {
  /// The options by name, as numbers: for records.
  public var optionValues: [String: Double] { MethodRegistry.optionValues(of: options) }
}

/// What can be wrong with the choice of a method.
public enum MethodError: ClassifiedError, Equatable {
  case unknownMethod(String, known: [String])
  case unknownOption(String, method: String, known: [String])
  case badOption(String, value: String, method: String, range: ClosedRange<Double>)
  case unusableOptions(String, method: String)

  public var kind: FailureKind { .usage }

  public var description: String {
    switch self {
    case .unknownMethod(let name, let known):
      let meant = Spelling.nearest(to: name, in: known).map { " (did you mean \($0)?)" } ?? ""
      return
        "There is no fine-tuning method \"\(name)\"\(meant); choose one of \(known.joined(separator: ", "))."
    case .unknownOption(let key, let method, let known):
      let meant = Spelling.nearest(to: key, in: known).map { " (did you mean \($0)?)" } ?? ""
      let hint = known.isEmpty ? "it has no options" : "it has \(known.joined(separator: ", "))"
      return "The method \(method) has no option \"\(key)\"\(meant); \(hint)."
    case .badOption(let key, let value, let method, let range):
      let bounds = "\(range.lowerBound.formatted())…\(range.upperBound.formatted())"
      return "\(key)=\(value) is not a valid option of \(method); give a number in \(bounds)."
    case .unusableOptions(let given, let method):
      return "The options \(given) do not fit \(method); counts must be whole numbers."
    }
  }
}
