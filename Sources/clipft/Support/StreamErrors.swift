import Foundation
import TensorCore

/// Standard output did not take all that was printed.
struct OutputLost: ClassifiedError {
  /// `errno` of the write.
  let code: Int32
  var kind: FailureKind { .ioFailure }
  /// Whether the reader had seen enough, as `head` has: nothing to tell anybody.
  var readerLeft: Bool { code == EPIPE }

  var description: String {
    let reason = code == EBADF ? "it is closed" : String(cString: strerror(code))
    return
      "Standard output could not be written (\(reason)); the work is done and its files are saved, but what "
      + "was to be printed is lost: repeat the command with its output sent elsewhere."
  }
}

/// Standard input cannot be read.
struct UnreadableInput: ClassifiedError {
  /// `errno` of the read.
  let code: Int32
  var kind: FailureKind { code == EBADF || code == EISDIR ? .inputNotFound : .ioFailure }

  var description: String {
    let reason =
      switch code {
      case EBADF: "it is closed"
      case EISDIR: "it is a folder"
      default: String(cString: strerror(code))
      }
    return "Standard input cannot be read (\(reason)); pipe the lines in, or give a file with `<`."
  }
}

/// Any other error of the system, put into one sentence and a class.
struct SystemFailure: ClassifiedError {
  let error: any Error

  private var cocoa: CocoaError? { error as? CocoaError }

  var kind: FailureKind {
    switch cocoa?.code {
    case .fileNoSuchFile?, .fileReadNoSuchFile?, .fileReadNoPermission?, .fileReadInvalidFileName?:
      .inputNotFound
    case .fileReadCorruptFile?, .fileReadInapplicableStringEncoding?, .fileReadUnknownStringEncoding?:
      .badData
    case .fileWriteNoPermission?, .fileWriteFileExists?, .fileWriteInvalidFileName?,
      .fileWriteVolumeReadOnly?:
      .cannotCreateOutput
    case .some: .ioFailure
    case nil: .internalError
    }
  }

  var description: String {
    guard let cocoa else { return "Something unexpected went wrong: \(error)" }
    let problem = cocoa.localizedDescription
    guard let path = cocoa.filePath, !problem.contains(path) else { return problem }
    return "\(path): \(problem)"
  }
}
