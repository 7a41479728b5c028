import CKernels
import Synchronization

/// The singular value decomposition of a matrix [m, n]: U [m, k] · diag(S) · Vᵀ [k, n], k being the smaller extent, and S
/// in descending order.
public struct SingularValues: Sendable {
  public let u, s, vt: Tensor

  /// Decomposes matrices side by side, one a processor. Throws where LAPACK is absent, or does not converge.
  public static func decompose(_ matrices: [Tensor]) throws(LinearAlgebraError) -> [SingularValues] {
    let results = Mutex<[Int: SingularValues]>([:])
    try parallelForEach(count: matrices.count) { index throws(LinearAlgebraError) in
      let found = try SingularValues(of: matrices[index])
      results.withLock { $0[index] = found }
    }
    let found = results.withLock { $0 }
    return matrices.indices.compactMap { found[$0] }
  }

  /// Values that are not known, of a matrix of the given shape: for what only counts.
  public init(undefined m: Int, _ n: Int) {
    u = Tensor(uninitialized: [m, min(m, n)])
    s = Tensor(uninitialized: [min(m, n)])
    vt = Tensor(uninitialized: [min(m, n), n])
  }

  /// Throws as `decompose` does.
  public init(of matrix: Tensor) throws(LinearAlgebraError) {
    let (m, n) = (matrix.shape[0], matrix.shape[1])
    let k = min(m, n)
    let a = matrix.copy()
    u = Tensor(uninitialized: [m, k])
    s = Tensor(uninitialized: [k])
    vt = Tensor(uninitialized: [k, n])
    let status = ck_svd(a.f32, Int64(m), Int64(n), u.f32, s.f32, vt.f32)
    guard status != -1 else { throw .absent }
    guard status == 0 else { throw .noConvergence(status: Int(status)) }
  }
}

/// What can be wrong with a decomposition.
public enum LinearAlgebraError: ClassifiedError, Equatable {
  case absent
  case noConvergence(status: Int)

  public var kind: FailureKind { .internalError }

  public var description: String {
    switch self {
    case .absent:
      "Singular values need OpenBLAS, which is not installed; install libopenblas0 (make setup does)."
    case .noConvergence(let status): "The singular value decomposition failed with LAPACK's status \(status)."
    }
  }
}
