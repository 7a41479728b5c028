/// What went wrong, in the classes a caller can act on; raw values are the exit codes of `sysexits.h`.
public enum FailureKind: Int32, Sendable, CaseIterable {
  /// A setting does not exist or is out of range.
  case usage = 64
  /// An input is corrupt, or does not fit what it is used for.
  case badData = 65
  /// An input does not exist or cannot be opened.
  case inputNotFound = 66
  /// A promise of this program is broken.
  case internalError = 70
  /// An output cannot be created.
  case cannotCreateOutput = 73
  /// Reading or writing failed half way.
  case ioFailure = 74
}

/// An error that says what went wrong, where and what to do in one sentence, and which class it belongs to.
public protocol ClassifiedError: Error, CustomStringConvertible {
  var kind: FailureKind { get }
}
