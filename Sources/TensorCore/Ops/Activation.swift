extension Variable {
  /// The activation of every element; the input is kept, the derivative and the result are computed anew in backward.
  public func activated(_ kind: Activation) -> Variable {
    guard kind != .identity else { return self }
    let recipe = { [kept] in kept.tensor.activated(kind) }
    return .record(value.activated(kind), inputs: [self], recipe: recipe) { [kept, node] dy in
      let dx = Tensor(uninitialized: dy.shape, dtype: dy.dtype)
      Compute.backend.activateBackward(dx, dy, kept.tensor, kind)
      node?.add(dx)
    }
  }
}

extension Tensor {
  fileprivate func activated(_ kind: Activation) -> Tensor {
    let y = Tensor(uninitialized: shape, dtype: dtype)
    Compute.backend.activate(y, self, kind)
    return y
  }
}
