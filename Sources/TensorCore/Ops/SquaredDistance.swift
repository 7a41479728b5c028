extension Variable {
  /// Mean over rows of the squared distance to constant vectors; a scalar.
  ///
  /// self and others: [rows, width].
  /// - Precondition: the shapes are equal.
  public func meanSquaredDistance(to others: Tensor) -> Variable {
    precondition(shape == others.shape, "\(shape) and \(others.shape)")
    let rows = Float(max(1, shape[0]))
    let difference = value.copy()
    Compute.backend.accumulate(adding: others, scaledBy: -1, to: difference)
    let mean = Tensor(scalar: Compute.backend.sumOfSquares(difference) / rows)
    return .record(mean, inputs: [self]) { [node] dy in
      let gradient = Tensor(uninitialized: difference.shape)
      Compute.backend.scale(gradient, difference, by: 2 * dy.item / rows)
      node?.add(gradient)
    }
  }
}
