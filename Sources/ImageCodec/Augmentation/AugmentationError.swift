import TensorCore

/// Why an augmentation cannot be done as it is asked for.
public enum AugmentationError: ClassifiedError, Equatable {
  /// A part of one of timm's RandAugment strings.
  case randAugment(text: String, part: String, reason: String)
  /// A value out of its range: its key in a record, and what is wrong, to follow the key.
  case outOfRange(key: String, String)

  public var kind: FailureKind { .usage }

  public var description: String {
    switch self {
    case .randAugment(let text, let part, let reason):
      "RandAugment “\(text)”: “\(part)” \(reason).".asErrorLine
    case .outOfRange(let key, let problem): "\(key) \(problem).".asErrorLine
    }
  }
}
