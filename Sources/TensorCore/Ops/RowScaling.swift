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

  /// ‖·‖₂ of each column of a matrix: [columns].
  public func columnNorms() -> Tensor {
    let columns = shape[1]
    let sums = Tensor(zeros: [columns])
    for row in 0..<shape[0] {
      let values = rows(row..<row + 1).floats
      for column in 0..<columns { sums.mutableFloats[column] += values[column] * values[column] }
    }
    for column in 0..<columns { sums.mutableFloats[column] = sums.floats[column].squareRoot() }
    return sums
  }
}

extension Variable {
  /// x / max(‖x‖₂, least) over the rows of a matrix; where a row is shorter than that, its norm counts as a constant.
  public func rowsNormalized(atLeast least: Float) -> Variable {
    let rows = shape[0]
    let y = Tensor(uninitialized: shape)
    let norms = Tensor(uninitialized: [rows])
    Compute.backend.l2Normalize(y, norm: norms, value)
    let short = (0..<rows).filter { norms.floats[$0] < least }
    for row in short {
      Compute.backend.scale(y.rows(row..<row + 1), value.rows(row..<row + 1), by: 1 / least)
    }
    return .record(y, inputs: [self]) { [node] dy in
      let dx = Tensor(uninitialized: dy.shape)
      Compute.backend.l2NormalizeBackward(dx, dy, y: y, norm: norms)
      for row in short {
        Compute.backend.scale(dx.rows(row..<row + 1), dy.rows(row..<row + 1), by: 1 / least)
      }
      node?.add(dx)
    }
  }
}
