import TensorCore

/// What can be wrong with the choice of a merge method.
public enum MergeError: ClassifiedError, Equatable {
  case unknownMethod(String, known: [String])
  case unknownOption(String, method: String, known: [String])
  case badOption(String, value: String, method: String, valid: String)
  /// More or fewer models than the method takes.
  case modelCount(Int, method: String, valid: ClosedRange<Int>)
  case weightCount(Int, models: Int)
  /// What the method needs and was not given, or was given and does not take, and what to do.
  case needs(String, method: String)

  public var kind: FailureKind { .usage }

  public var description: String {
    switch self {
    case .unknownMethod(let name, let known):
      let meant = Spelling.nearest(to: name, in: known).map { " (did you mean \($0)?)" } ?? ""
      return "There is no merge method \"\(name)\"\(meant); choose one of \(known.joined(separator: ", "))."
    case .unknownOption(let key, let method, let known):
      let meant = Spelling.nearest(to: key, in: known).map { " (did you mean \($0)?)" } ?? ""
      let hint = known.isEmpty ? "it has no options" : "it has \(known.joined(separator: ", "))"
      return "The merge method \(method) has no option \"\(key)\"\(meant); \(hint)."
    case .badOption(let key, let value, let method, let valid):
      return "\(key)=\(value) is not a valid option of \(method); give \(valid)."
    case .modelCount(let count, let method, let valid):
      let wanted =
        valid.lowerBound == valid.upperBound ? "exactly \(valid.lowerBound)" : "at least \(valid.lowerBound)"
      return
        "\(count == 1 ? "1 model is" : "\(count) models are") named, and \(method) merges \(wanted); name them."
    case .weightCount(let count, let models):
      return "weights names \(count) numbers for \(models) models; give one for each, in their order."
    case .needs(let problem, let method): return "The merge method \(method) \(problem)."
    }
  }
}
