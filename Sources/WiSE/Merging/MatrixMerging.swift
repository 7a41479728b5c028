import TensorCore

extension MergeTensor {
  /// base + scale · the mean of the task vectors: what methods that decompose matrices do with all else.
  func meanTaskVector(scale: Double, base: Tensor) throws -> Tensor {
    try taskArithmetic(MergeCoefficients.equal(count).values, scale: scale, base: base)
  }
}

extension Tensor {
  /// The product of two matrices, in `f32`.
  func times(_ other: Tensor) -> Tensor { Variable(self).multiplied(by: Variable(other)).value }

  /// Each column times its factor.
  func columnsScaled(by factors: [Float]) -> Tensor {
    let columns = factors.count
    return Elements.map(shape) { range, output in
      let input = floats
      for i in range { output[i] = input[i] * factors[i % columns] }
    }
  }

  var isAllZero: Bool { withExtendedLifetime(self) { floats.allSatisfy { $0 == 0 } } }
}

/// base + scale · change.
func sum(_ base: Tensor, _ change: Tensor, times scale: Double) -> Tensor {
  Elements.map(base.shape) { range, output in
    let (a, b) = (base.floats, change.floats)
    for i in range { output[i] = Float(Double(a[i]) + scale * Double(b[i])) }
  }
}
