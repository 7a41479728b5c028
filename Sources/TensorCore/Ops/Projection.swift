extension Variable {
  /// y = x · P, for weights stored as CLIP stores its projections: self: [..., in], weight: [in, out] → [..., out].
  public func projected(by weight: Variable) -> Variable {
    let (inputs, outputs) = (weight.shape[0], weight.shape[1])
    precondition(shape.last == inputs, "projection: \(shape) by \(weight.shape)")
    let rows = value.count / max(1, inputs)
    let y = Tensor(uninitialized: shape.dropLast() + [outputs])
    Compute.backend.multiply(
      y, MatrixOperand(value), MatrixOperand(weight.value), MultiplyOptions(m: rows, n: outputs, k: inputs))
    let savedInput = weight.needsGradient ? value : nil
    let savedWeight = needsGradient ? weight.value : nil
    return .record(y, inputs: [self, weight]) { [node, shape] dy in
      let backend = Compute.backend
      if let savedInput {
        weight.node?.addInto(weight.shape) { sum, fresh in
          backend.multiply(
            sum, MatrixOperand(savedInput, transposed: true), MatrixOperand(dy),
            MultiplyOptions(m: inputs, n: outputs, k: rows, accumulate: !fresh))
        }
      }
      if let savedWeight {
        node?.addInto(shape) { sum, fresh in
          backend.multiply(
            sum, MatrixOperand(dy), MatrixOperand(savedWeight, transposed: true),
            MultiplyOptions(m: rows, n: inputs, k: outputs, accumulate: !fresh))
        }
      }
    }
  }
}
