extension Variable {
  /// factor · self, of a factor that may train. factor: a scalar.
  public func multiplied(byScalar factor: Variable) -> Variable {
    precondition(factor.value.count == 1, "\(factor.shape) is no scalar")
    let x = value
    let number = factor.value.item
    let y = Tensor(uninitialized: shape)
    Compute.backend.scale(y, x, by: number)
    return .record(y, inputs: [self, factor]) {
      [node, factorNode = factor.node, factorShape = factor.shape] dy in
      if let node {
        let dx = Tensor(uninitialized: dy.shape)
        Compute.backend.scale(dx, dy, by: number)
        node.add(dx)
      }
      factorNode?.add(Tensor([Compute.backend.dot(dy, x)], shape: factorShape))
    }
  }
}
