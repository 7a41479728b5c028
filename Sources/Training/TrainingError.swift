import TensorCore

/// What can go wrong in training, apart from its inputs.
public enum TrainingError: ClassifiedError, Equatable {
  case badCheckpoint(file: String, problem: String)
  case diverged(step: Int)
  case badSetting(String)
  /// A value of a specification that cannot be used: its key, `optimizer.lr`, with others that it depends on, and what is
  /// wrong, to follow the key.
  case badValue(keys: [String], String)
  case missingRun(path: String, what: String = "finished run", hint: String)
  /// A folder that was named as a run's is none.
  case noRun(path: String, hint: String)
  /// Something that a run refers to is not there.
  case missingInput(path: String, what: String, advice: String)
  case runExists(path: String)
  /// A folder holds what was made with other settings than those that were asked for.
  case otherSettings(path: String, problem: String)
  /// Two results that would be misleading side by side.
  case notComparable(String)
  /// Another process writes into the folder.
  case locked(path: String, holder: String)
  /// Another process took the folder's lock over.
  case lockLost(path: String, holder: String)

  public static func badValue(_ key: String, _ problem: String) -> TrainingError {
    .badValue(keys: [key], problem)
  }

  public var kind: FailureKind {
    switch self {
    case .badSetting, .badValue: .usage
    case .badCheckpoint, .diverged, .notComparable: .badData
    case .missingRun, .noRun, .missingInput: .inputNotFound
    case .runExists, .otherSettings, .locked, .lockLost: .cannotCreateOutput
    }
  }

  public var description: String {
    switch self {
    case .badCheckpoint(let file, let problem):
      "\(file): \(problem)."
    case .diverged(let step):
      "Training diverged at step \(step): the loss or its gradient is not a finite number; lower the learning rate."
    case .badSetting(let problem), .notComparable(let problem): problem
    case .badValue(let keys, let problem): "\(keys.first ?? "") \(problem)."
    case .missingRun(let path, let what, let hint): "\(path) holds no \(what) to use; \(hint)."
    case .noRun(let path, let hint): "\(path) is no run: \(hint)."
    case .missingInput(let path, let what, let advice): "\(what) is not at \(path); \(advice)."
    case .otherSettings(let path, let problem): "\(path) \(problem)."
    case .runExists(let path):
      "\(path) already holds a run; choose another --out, or continue it with --resume."
    case .locked(let path, let holder):
      "\(path) is being written to by \(holder); wait until it is done or stop it, or choose another folder."
    case .lockLost(let path, let holder):
      "\(path) was taken over by \(holder), as this process had not been heard of for long; its last checkpoint is kept."
    }
  }
}
