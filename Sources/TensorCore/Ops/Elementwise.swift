extension Variable {
  /// a + b, of equal shapes.
  public static func + (a: Variable, b: Variable) -> Variable {
    precondition(a.shape == b.shape && a.dtype == b.dtype, "\(a.shape) + \(b.shape)")
    let sum = Tensor(uninitialized: a.shape, dtype: a.dtype)
    Compute.backend.add(sum, a.value, b.value)
    return .record(sum, inputs: [a, b]) { [a = a.node, b = b.node] dy in
      a?.add(dy)
      b?.add(dy)
    }
  }

  /// factor · x.
  public static func * (factor: Float, x: Variable) -> Variable {
    guard factor != 1 else { return x }
    let y = Tensor(uninitialized: x.shape, dtype: x.dtype)
    Compute.backend.scale(y, x.value, by: factor)
    return .record(y, inputs: [x]) { [node = x.node] dy in
      let dx = Tensor(uninitialized: dy.shape, dtype: dy.dtype)
      Compute.backend.scale(dx, dy, by: factor)
      node?.add(dx)
    }
  }

  /// The same elements under another shape.
  public func reshaped(_ shape: [Int]) -> Variable {
    .record(value.reshaped(shape), inputs: [self]) { [node, old = self.shape] dy in
      node?.add(dy.reshaped(old))
    }
  }

  /// γ ⊙ x + β over the last dimension; either may be absent. gamma, beta: [columns].
  public func scaleShifted(gamma: Variable?, beta: Variable?) -> Variable {
    func scaled(_ x: Tensor) -> Tensor {
      let y = Tensor(uninitialized: x.shape, dtype: x.dtype)
      Compute.backend.scaleShift(y, x, gamma: gamma?.value, beta: beta?.value)
      return y
    }
    let inputs = [self] + [gamma, beta].compactMap { $0 }
    let recipe = { [kept] in scaled(kept.tensor) }
    return .record(scaled(value), inputs: inputs, recipe: recipe) { [kept, node] dy in
      let dx = node.map { _ in Tensor(uninitialized: dy.shape, dtype: dy.dtype) }
      let columns = [dy.shape.last ?? 1]
      let (gammaNode, betaNode) = (gamma?.node, beta?.node)
      let dgamma = gammaNode.map { _ in Tensor(zeros: columns) }
      let dbeta = betaNode.map { _ in Tensor(zeros: columns) }
      Compute.backend.scaleShiftBackward(
        dx: dx, addingGamma: dgamma, addingBeta: dbeta, dy, dgamma == nil ? dy : kept.tensor,
        gamma: gamma?.value)
      if let dx { node?.add(dx) }
      if let dgamma { gammaNode?.add(dgamma) }
      if let dbeta { betaNode?.add(dbeta) }
    }
  }
}
