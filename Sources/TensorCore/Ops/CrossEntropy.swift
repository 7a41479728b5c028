extension Variable {
  /// Mean cross entropy of logits [rows, classes] against class indices `i32` [rows]; a scalar.
  /// - Precondition: every target is in 0..<classes.
  public func crossEntropy(targets: Tensor) -> Variable {
    let (rows, classes) = (shape[0], shape[1])
    precondition(targets.intArray.allSatisfy { $0 >= 0 && Int($0) < classes }, "target out of range")
    let losses = Tensor(uninitialized: [rows])
    let dlogits = needsGradient ? Tensor(uninitialized: shape) : nil
    Compute.backend.crossEntropy(losses, dlogits: dlogits, value, targets: targets)
    let mean = Tensor(scalar: Float(losses.mean))
    guard let dlogits else { return Variable(mean) }
    return .record(mean, inputs: [self]) { [node] dy in
      Compute.backend.scale(dlogits, dlogits, by: dy.item / Float(max(1, rows)))
      node?.add(dlogits)
    }
  }
}
