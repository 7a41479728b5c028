extension Variable {
  /// √Σ x² over all elements; a scalar. At 0 its gradient is 0, as PyTorch has it.
  public func frobeniusNorm() -> Variable {
    let x = value
    let norm = Compute.backend.sumOfSquares(x).squareRoot()
    return .record(Tensor(scalar: norm), inputs: [self]) { [node] dy in
      let dx = Tensor(uninitialized: x.shape)
      Compute.backend.scale(dx, x, by: norm > 0 ? dy.item / norm : 0)
      node?.add(dx)
    }
  }
}
