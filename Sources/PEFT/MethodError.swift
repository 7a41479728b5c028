import TensorCore

/// What can be wrong with the choice of a method.
public enum MethodError: ClassifiedError, Equatable {
  case unknownMethod(String, known: [String])
  case unknownOption(String, method: String, known: [String])
  case badOption(String, value: String, method: String, valid: String)
  /// Options that fit one another or the model badly: the whole sentence.
  case unfit(String)
  case tooManyBlocks(String, depth: Int)
  case unreadableExamples(String, FailureKind)

  public var kind: FailureKind {
    if case .unreadableExamples(_, let kind) = self { kind } else { .usage }
  }

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
    case .badOption(let key, let value, let method, let valid):
      return "\(key)=\(value) is not a valid option of \(method); give \(valid)."
    case .unfit(let sentence), .unreadableExamples(let sentence, _): return sentence
    case .tooManyBlocks(let option, let depth):
      return "\(option) names blocks that the model does not have; its blocks are 0…\(depth - 1)."
    }
  }
}

extension MethodError {
  /// What `read` makes of training images; what it throws is said as a method's error.
  static func reading<Found>(_ read: () throws -> Found) throws(MethodError) -> Found {
    do {
      return try read()
    } catch let error as any ClassifiedError {
      throw .unreadableExamples(error.description, error.kind)
    } catch {
      throw .unreadableExamples(
        "The training images cannot be read: \(error.localizedDescription).", .ioFailure)
    }
  }
}
