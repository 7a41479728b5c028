extension Variable {
  /// Layer normalisation over the last dimension: (x − mean) / √(var + ε) · γ + β (Ba et al. 2016).
  ///
  /// x: [..., columns], gamma, beta: [columns], all `f32`; `result` is the type of the result.
  public func layerNorm(
    gamma: Variable, beta: Variable, epsilon: Float, result: DType = .f32
  ) -> Variable {
    let y = Tensor(uninitialized: shape, dtype: result)
    let rows = shape.dropLast().reduce(1, *)
    let keep = needsGradient || gamma.needsGradient || beta.needsGradient
    let mean = keep ? Tensor(uninitialized: [rows]) : nil
    let rstd = keep ? Tensor(uninitialized: [rows]) : nil
    Compute.backend.layerNorm(
      y, mean: mean, rstd: rstd, value, gamma: gamma.value, beta: beta.value, epsilon: epsilon)
    guard let mean, let rstd else { return Variable(y) }
    return .record(y, inputs: [self, gamma, beta]) { [value, node] dy in
      let dx = node.map { _ in Tensor(uninitialized: dy.shape) }
      let dgamma = gamma.node.map { _ in Tensor(zeros: gamma.shape) }
      let dbeta = beta.node.map { _ in Tensor(zeros: beta.shape) }
      Compute.backend.layerNormBackward(
        dx: dx, addingGamma: dgamma, addingBeta: dbeta, dy, value, mean: mean, rstd: rstd, gamma: gamma.value)
      if let dx { node?.add(dx) }
      if let dgamma { gamma.node?.add(dgamma) }
      if let dbeta { beta.node?.add(dbeta) }
    }
  }
}
