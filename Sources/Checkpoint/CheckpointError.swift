import TensorCore

/// Why a checkpoint cannot be read, mapped or written; every case names the file or the tensors at fault.
public enum CheckpointError: ClassifiedError, Equatable {
  case notFound(file: String)
  case unreadable(file: String, reason: String)
  /// Another program wrote to the file while it was read.
  case changed(file: String)
  /// Only a pointer of git's large-file storage is there.
  case notFetched(file: String)
  /// The file as a whole is damaged or of another format.
  case malformed(file: String, problem: String)
  /// A file that is sound, but holds no tensors.
  case notWeights(file: String, problem: String)
  /// One tensor of a file is damaged or of an unsupported kind.
  case badTensor(file: String, name: String, problem: String)
  /// A tensor that was asked for is not there.
  case missingTensor(file: String, name: String)
  /// Tensors that a naming scheme cannot translate.
  case unmappable(scheme: String, names: [String], problem: String)
  case cannotCreate(file: String, reason: String)
  case writeFailed(file: String, reason: String)

  public var kind: FailureKind {
    switch self {
    case .notFound, .unreadable, .notFetched: .inputNotFound
    case .malformed, .notWeights, .badTensor, .missingTensor, .unmappable: .badData
    case .cannotCreate: .cannotCreateOutput
    case .writeFailed, .changed: .ioFailure
    }
  }

  public var description: String { sentence.asErrorLine }

  private var sentence: String {
    switch self {
    case .notFound(let file):
      "\(file): no such file; check the path"
    case .unreadable(let file, let reason):
      "\(file): cannot be read (\(reason)); check its permissions and that it is a regular file"
    case .changed(let file):
      "\(file): it was changed while it was read; run again when whatever writes it is done"
    case .notFetched(let file):
      "\(file): it is a pointer that git left in place of the file; fetch the file itself with `git lfs pull` there"
    case .malformed(let file, let problem):
      "\(file): \(problem); the file is damaged or of another format, fetch or write it again"
    case .notWeights(let file, let problem):
      "\(file): \(problem); give the model's folder, or its file of weights"
    case .badTensor(let file, let name, let problem):
      "\(file): tensor '\(name)': \(problem); fetch or write the file again"
    case .missingTensor(let file, let name):
      "\(file): there is no tensor '\(name)'; list what the file holds with `clipft inspect`"
    case .unmappable(let scheme, let names, let problem):
      "\(scheme) names: \(problem): \(Self.list(names)); check that this is a CLIP checkpoint of that layout"
    case .cannotCreate(let file, let reason):
      "\(file): cannot be created (\(reason)); choose a place that is free and can be written to"
    case .writeFailed(let file, let reason):
      "\(file): writing failed (\(reason)); nothing was replaced, free some space and run again"
    }
  }

  private static func list(_ names: [String]) -> String {
    let shown = names.prefix(8).map { "'\($0)'" }.joined(separator: ", ")
    return names.count > 8 ? "\(shown) and \(names.count - 8) more" : shown
  }
}
