extension Variable {
  /// x / ‖x‖₂ over the last dimension.
  public func l2Normalized() -> Variable {
    let y = Tensor(uninitialized: shape)
    let norm = Tensor(uninitialized: [shape.dropLast().reduce(1, *)])
    Compute.backend.l2Normalize(y, norm: norm, value)
    return .record(y, inputs: [self]) { [node] dy in
      let dx = Tensor(uninitialized: dy.shape)
      Compute.backend.l2NormalizeBackward(dx, dy, y: y, norm: norm)
      node?.add(dx)
    }
  }
}
