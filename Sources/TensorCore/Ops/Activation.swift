extension Variable {
  /// The activation of every element; the input is kept and the derivative computed anew in backward.
  public func activated(_ kind: Activation) -> Variable {
    guard kind != .identity else { return self }
    let y = Tensor(uninitialized: shape, dtype: dtype)
    Compute.backend.activate(y, value, kind)
    return .record(y, inputs: [self]) { [value, node] dy in
      let dx = Tensor(uninitialized: dy.shape, dtype: dy.dtype)
      Compute.backend.activateBackward(dx, dy, value, kind)
      node?.add(dx)
    }
  }
}
