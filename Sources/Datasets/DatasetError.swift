import ImageCodec
import TensorCore

/// Why a dataset cannot be found, read or used.
public enum DatasetError: ClassifiedError, Equatable {
  /// A file or folder is missing: what, where it was looked for, and what would be right.
  case notFound(what: String, path: String, advice: String)
  /// A dataset argument has no known form.
  case badSpecifier(text: String, advice: String)
  /// A manifest cannot be used.
  case badManifest(file: String, problem: String)
  /// A folder tree is not laid out as a dataset.
  case badFolder(path: String, problem: String)
  /// A line of a list file cannot be used; lines count from 1.
  case badList(file: String, line: Int, problem: String)
  /// A tar shard is damaged or holds something unexpected.
  case badArchive(file: String, problem: String)
  /// An image cannot be decoded.
  case badImage(ImageError)
  /// Classes of a dataset are unknown to the head, or ambiguous.
  case unknownClasses(String)
  /// A dataset has another number of images than it should.
  case incomplete(dataset: String, found: Int, expected: Int)
  /// Images are no longer what a run was made with.
  case changed(dataset: String, problem: String)
  /// Images of a set are images that a run was trained or selected on.
  case overlap(String)
  /// Data are named twice in one list.
  case namedTwice(String)
  /// An index or size given by the caller makes no sense for this dataset.
  case badRequest(String)
  /// Reading failed half way.
  case unreadable(path: String, reason: String)
  /// Images that this program draws cannot be written.
  case cannotWrite(path: String, reason: String)

  public var kind: FailureKind {
    switch self {
    case .notFound: .inputNotFound
    case .unreadable: .ioFailure
    case .cannotWrite: .cannotCreateOutput
    case .badImage(let error): error.kind
    case .namedTwice: .usage
    default: .badData
    }
  }

  public var description: String { sentence.asErrorLine }

  private var sentence: String {
    switch self {
    case .notFound(let what, let path, let advice): "\(what) not found at \(path): \(advice)"
    case .namedTwice(let text): "\(text) is named twice; name each dataset once"
    case .badSpecifier(let text, let advice): "'\(text)' names no dataset: \(advice)"
    case .badManifest(let file, let problem): "manifest \(file): \(problem)"
    case .badFolder(let path, let problem): "folder \(path): \(problem)"
    case .badList(let file, let line, let problem): "\(file), line \(line): \(problem)"
    case .badArchive(let file, let problem): "archive \(file): \(problem)"
    case .badImage(let error): "image \(error)"
    case .unknownClasses(let problem): problem
    case .incomplete(let dataset, let found, let expected):
      "dataset \(dataset) has \(found) images where \(expected) are expected: complete it, or pass "
        + "--allow-partial and do not compare its scores with published ones"
    case .changed(let dataset, let problem): "dataset \(dataset): \(problem)"
    case .overlap(let problem): problem
    case .badRequest(let problem): problem
    case .cannotWrite(let path, let reason): "\(path): \(reason)"
    case .unreadable(let path, let reason): "cannot read \(path): \(reason)"
    }
  }
}
