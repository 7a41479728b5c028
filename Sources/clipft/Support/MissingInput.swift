import Foundation
import TensorCore

/// Something named on the command line is not there, or cannot be opened.
struct MissingInput: ClassifiedError {
  let path: String
  let what: String
  var kind: FailureKind { .inputNotFound }

  var description: String {
    var status = stat()
    // What is there is not missing: the reason is another.
    guard stat(path, &status) == 0 else { return "There is no \(what) at \(path)." }
    let isFolder = status.st_mode & S_IFMT == S_IFDIR
    if isFolder { return "\(path) is a folder, no \(what); name a file." }
    if access(path, R_OK) != 0 { return "The \(what) at \(path) cannot be opened; see its permissions." }
    return "There is no \(what) at \(path)."
  }
}
