import TensorCore

/// Something named on the command line is not there.
struct MissingInput: ClassifiedError {
  let path: String
  let what: String
  var kind: FailureKind { .inputNotFound }
  var description: String { "There is no \(what) at \(path)." }
}
