extension Variable {
  /// Inverted dropout: each element is zeroed with `probability`, the others scaled by 1 / (1 − probability).
  ///
  /// The mask depends on (seed, element index) only and is made anew in backward.
  public func dropout(_ probability: Float, seed: UInt64) -> Variable {
    guard probability > 0 else { return self }
    let recipe = { [kept] in kept.tensor.dropout(probability, seed: seed) }
    return .record(value.dropout(probability, seed: seed), inputs: [self], recipe: recipe) { [node] dy in
      node?.add(dy.dropout(probability, seed: seed))
    }
  }

  /// Stochastic depth: whole samples (rows of the first dimension) are zeroed with `probability`, the others scaled
  /// by 1 / (1 − probability) (Huang et al. 2016).
  public func dropPath(_ probability: Float, seed: UInt64) -> Variable {
    guard probability > 0, let samples = shape.first else { return self }
    var random = SeededRandom(seed)
    let kept = 1 / (1 - probability)
    let scales = Tensor((0..<samples).map { _ in random.chance(probability) ? 0 : kept }, shape: [samples])
    let y = Tensor(uninitialized: shape)
    Compute.backend.scaleRows(y, value, scales: scales)
    return .record(y, inputs: [self]) { [node] dy in
      let dx = Tensor(uninitialized: dy.shape)
      Compute.backend.scaleRows(dx, dy, scales: scales)
      node?.add(dx)
    }
  }
}

extension Tensor {
  fileprivate func dropout(_ probability: Float, seed: UInt64) -> Tensor {
    let y = Tensor(uninitialized: shape, dtype: dtype)
    Compute.backend.dropout(y, self, probability: probability, seed: seed)
    return y
  }
}
