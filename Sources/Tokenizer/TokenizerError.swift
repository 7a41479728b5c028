import Checkpoint
import TensorCore

/// Why a vocabulary cannot be read, used, made or written.
public enum TokenizerError: ClassifiedError, Equatable {
  case file(CheckpointError)
  /// A folder without any vocabulary.
  case noVocabulary(folder: String)
  /// `place` is a file, with a line where there is one.
  case malformed(place: String, problem: String)
  case vocabularyTooSmall(size: Int, minimum: Int)

  public var kind: FailureKind {
    switch self {
    case .file(let error): error.kind
    case .noVocabulary: .inputNotFound
    case .malformed, .vocabularyTooSmall: .badData
    }
  }

  public var description: String { sentence.asErrorLine }

  private var sentence: String {
    switch self {
    case .file(let error): error.description
    case .noVocabulary(let folder):
      "\(folder): no vocabulary is here; it needs vocab.json and merges.txt, or tokenizer.json"
    case .malformed(let place, let problem):
      "\(place): \(problem); use the vocabulary files of the CLIP model, undamaged"
    case .vocabularyTooSmall(let size, let minimum):
      "a vocabulary of \(size) tokens is too small; ask for at least \(minimum)"
    }
  }
}
