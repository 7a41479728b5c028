extension Variable {
  /// op(self) · op(other), where op may transpose: a product of two matrices, both `f32`.
  ///
  /// [m, k] · [k, n] → [m, n].
  public func multiplied(
    by other: Variable, transposed: Bool = false, otherTransposed: Bool = false
  ) -> Variable {
    precondition(value.rank == 2 && other.value.rank == 2, "matrices: \(shape) by \(other.shape)")
    let (m, k) = transposed ? (shape[1], shape[0]) : (shape[0], shape[1])
    let n = other.shape[otherTransposed ? 0 : 1]
    precondition(other.shape[otherTransposed ? 1 : 0] == k, "matrices: \(shape) by \(other.shape)")
    let y = Tensor(uninitialized: [m, n])
    Compute.backend.multiply(
      y, MatrixOperand(value, transposed: transposed),
      MatrixOperand(other.value, transposed: otherTransposed), MultiplyOptions(m: m, n: n, k: k))
    let (a, b) = (other.needsGradient ? value : nil, needsGradient ? other.value : nil)
    return .record(y, inputs: [self, other]) {
      [node, shape, otherNode = other.node, otherShape = other.shape] dy in
      let backend = Compute.backend
      if let b {
        // d op(a) = dy · op(b)ᵀ, transposed where a is.
        node?.addInto(shape) { sum, fresh in
          let (left, right) = (MatrixOperand(dy), MatrixOperand(b, transposed: !otherTransposed))
          if transposed {
            backend.multiply(
              sum, MatrixOperand(b, transposed: otherTransposed), MatrixOperand(dy, transposed: true),
              MultiplyOptions(m: k, n: m, k: n, accumulate: !fresh))
          } else {
            backend.multiply(sum, left, right, MultiplyOptions(m: m, n: k, k: n, accumulate: !fresh))
          }
        }
      }
      if let a {
        otherNode?.addInto(otherShape) { sum, fresh in
          if otherTransposed {
            backend.multiply(
              sum, MatrixOperand(dy, transposed: true), MatrixOperand(a, transposed: transposed),
              MultiplyOptions(m: n, n: k, k: m, accumulate: !fresh))
          } else {
            backend.multiply(
              sum, MatrixOperand(a, transposed: !transposed), MatrixOperand(dy),
              MultiplyOptions(m: k, n: n, k: m, accumulate: !fresh))
          }
        }
      }
    }
  }
}
