extension Variable {
  /// Inverted dropout: each element is zeroed with `probability`, the others scaled by 1 / (1 − probability).
  ///
  /// There is a seed for each sample (row of the first dimension); its mask depends on that and the element's index in
  /// it only, and is made anew in backward.
  public func dropout(_ probability: Float, seeds: [UInt64]) -> Variable {
    guard probability > 0 else { return self }
    let recipe = { [kept] in kept.tensor.dropout(probability, seeds: seeds) }
    return .record(value.dropout(probability, seeds: seeds), inputs: [self], recipe: recipe) { [node] dy in
      node?.add(dy.dropout(probability, seeds: seeds))
    }
  }

  /// Stochastic depth: whole samples (rows of the first dimension) are zeroed with `probability`, the others scaled
  /// by 1 / (1 − probability) (Huang et al. 2016). What becomes of a sample depends on its seed only.
  public func dropPath(_ probability: Float, seeds: [UInt64]) -> Variable {
    guard probability > 0, let samples = shape.first else { return self }
    precondition(seeds.count == samples, "a seed for each sample")
    let kept = 1 / (1 - probability)
    let scales = seeds.map { seed -> Float in
      var random = SeededRandom(seed)
      return random.chance(probability) ? 0 : kept
    }
    let factors = Tensor(scales, shape: [samples])
    let y = Tensor(uninitialized: shape)
    Compute.backend.scaleRows(y, value, scales: factors)
    return .record(y, inputs: [self]) { [node] dy in
      let dx = Tensor(uninitialized: dy.shape)
      Compute.backend.scaleRows(dx, dy, scales: factors)
      node?.add(dx)
    }
  }
}

extension Tensor {
  fileprivate func dropout(_ probability: Float, seeds: [UInt64]) -> Tensor {
    let y = Tensor(uninitialized: shape, dtype: dtype)
    Compute.backend.dropout(y, self, probability: probability, seeds: seeds)
    return y
  }
}
