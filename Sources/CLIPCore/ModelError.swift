import Checkpoint
import TensorCore

/// What can be wrong with a model.
public enum ModelError: ClassifiedError, Equatable {
  case badConfiguration(file: String, problem: String)
  case missingFile(path: String, hint: String)
  /// A settings file that cannot be read.
  case file(CheckpointError)
  /// Keys that do not fit the architecture; each list names them all.
  case mismatchedWeights(file: String, missing: [String], unexpected: [String], misshaped: [String])
  case badText(String)
  case unknownArchitecture(String, known: [String])
  /// Images of this side cannot be divided into the model's patches.
  case badImageSize(Int, patch: Int)

  public var kind: FailureKind {
    switch self {
    case .badConfiguration, .mismatchedWeights, .badText: .badData
    case .unknownArchitecture, .badImageSize: .usage
    case .missingFile: .inputNotFound
    case .file(let error): error.kind
    }
  }

  public var description: String { sentence.asErrorLine }

  private var sentence: String {
    switch self {
    case .badConfiguration(let file, let problem): return "\(file): \(problem)."
    case .file(let error): return error.description
    case .missingFile(let path, let hint): return "\(path) does not exist; \(hint)."
    case .badText(let problem): return problem
    case .badImageSize(let size, let patch):
      return
        "--image-size is \(size); give a multiple of \(patch), the side of the model's patches, up to 4096."
    case .unknownArchitecture(let name, let known):
      return "There is no architecture \"\(name)\"; choose one of \(known.joined(separator: ", "))."
    case .mismatchedWeights(let file, let missing, let unexpected, let misshaped):
      func list(_ what: String, _ keys: [String]) -> String? {
        guard !keys.isEmpty else { return nil }
        let shown = keys.prefix(3).joined(separator: ", ")
        return "\(keys.count) \(what) (\(shown)\(keys.count > 3 ? ", …" : ""))"
      }
      let parts = [
        list("missing", missing), list("unexpected", unexpected), list("of another shape", misshaped),
      ]
      return "\(file) does not fit the architecture: " + parts.compactMap { $0 }.joined(separator: "; ")
        + "; check that weights and configuration belong together."
    }
  }
}
