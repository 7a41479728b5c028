extension Variable {
  /// Layer normalisation over the last dimension: (x − mean) / √(var + ε) · γ + β (Ba et al. 2016).
  ///
  /// x: [..., columns], gamma, beta: [columns], all `f32`; `result` is the type of the result.
  public func layerNorm(
    gamma: Variable, beta: Variable, epsilon: Float, result: DType = .f32
  ) -> Variable {
    let rows = shape.dropLast().reduce(1, *)
    let keep = needsGradient || gamma.needsGradient || beta.needsGradient
    let mean = keep ? Tensor(uninitialized: [rows]) : nil
    let rstd = keep ? Tensor(uninitialized: [rows]) : nil
    let normalized = { [value, gamma = gamma.value, beta = beta.value] (mean: Tensor?, rstd: Tensor?) in
      let y = Tensor(uninitialized: value.shape, dtype: result)
      Compute.backend.layerNorm(y, mean: mean, rstd: rstd, value, gamma: gamma, beta: beta, epsilon: epsilon)
      return y
    }
    let y = normalized(mean, rstd)
    guard let mean, let rstd else { return Variable(y) }
    let recipe = { normalized(nil, nil) }
    return .record(y, inputs: [self, gamma, beta], recipe: recipe) { [value, node] dy in
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
