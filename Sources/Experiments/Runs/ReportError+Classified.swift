import Report
import TensorCore
import Training

/// The report library knows nothing of this program's exit codes; its errors are all about writing.
extension ReportError: ClassifiedError {
  public var kind: FailureKind { .cannotCreateOutput }
}
