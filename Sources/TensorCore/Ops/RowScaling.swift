extension Variable {
  /// diag(s) · x: each row of self [rows, columns] times its own factor; scales: [rows].
  public func rowsScaled(by scales: Variable) -> Variable {
    let rows = scales.value.count
    precondition(value.rank == 2 && shape[0] == rows, "\(shape) by \(scales.shape) factors")
    let y = Tensor(uninitialized: shape)
    Compute.backend.scaleRows(y, value, scales: scales.value)
    let (x, s) = (scales.needsGradient ? value : nil, needsGradient ? scales.value : nil)
    return .record(y, inputs: [self, scales]) { [node, scalesNode = scales.node] dy in
      let backend = Compute.backend
      if let s {
        let dx = Tensor(uninitialized: dy.shape)
        backend.scaleRows(dx, dy, scales: s)
        node?.add(dx)
      }
      if let x {
        let ds = (0..<rows).map { backend.dot(dy.rows($0..<$0 + 1), x.rows($0..<$0 + 1)) }
        scalesNode?.add(Tensor(ds, shape: [rows]))
      }
    }
  }

  /// x ⊙ y, element by element, of equal shapes and `f32`.
  public func multipliedElementwise(by other: Variable) -> Variable {
    precondition(shape == other.shape, "\(shape) ⊙ \(other.shape)")
    return reshaped([1, value.count]).scaleShifted(gamma: other.reshaped([value.count]), beta: nil)
      .reshaped(shape)
  }
}

extension Tensor {
  /// ‖·‖₂ of each row of a matrix: [rows].
  public func rowNorms() -> Tensor {
    let norms = Tensor(uninitialized: [shape[0]])
    Compute.backend.l2Normalize(Tensor(uninitialized: shape), norm: norms, self)
    return norms
  }
}
