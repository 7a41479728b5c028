extension Variable {
  /// y = activation(x · Wᵀ + b).
  ///
  /// x: [..., in], weight: [out, in], bias: [out] → [..., out]. An activation is fused into the product where no
  /// gradient is wanted.
  public func linear(
    weight: Variable, bias: Variable? = nil, activation: Activation = .identity
  ) -> Variable {
    let (rows, outputs, inputs) = linearExtents(weight)
    let needsGradient = needsGradient || weight.needsGradient || bias?.needsGradient ?? false
    let y = Tensor(uninitialized: shape.dropLast() + [outputs])
    let fused = needsGradient ? .identity : activation
    Compute.backend.multiply(
      y, MatrixOperand(value), MatrixOperand(weight.value, transposed: true),
      MultiplyOptions(m: rows, n: outputs, k: inputs, bias: bias?.value, activation: fused))
    let result = recordLinear(y, weight: weight, bias: bias)
    return fused == activation ? result : result.activated(activation)
  }

  /// base + x · Wᵀ, written over `base`, which must be a fresh result that nothing else reads.
  ///
  /// The second half of a factored update: x: [..., r], weight: [out, r], base: [..., out].
  package func linear(weight: Variable, addedInPlaceTo base: Variable) -> Variable {
    let (rows, outputs, inputs) = linearExtents(weight)
    Compute.backend.multiply(
      base.value, MatrixOperand(value), MatrixOperand(weight.value, transposed: true),
      MultiplyOptions(m: rows, n: outputs, k: inputs, accumulate: true))
    return recordLinear(base.value, weight: weight, base: base)
  }

  private func linearExtents(_ weight: Variable) -> (rows: Int, outputs: Int, inputs: Int) {
    let (outputs, inputs) = (weight.shape[0], weight.value.count / max(1, weight.shape[0]))
    precondition(shape.last == inputs, "linear: \(shape) by \(weight.shape)")
    return (inputs == 0 ? 0 : value.count / inputs, outputs, inputs)
  }

  private func recordLinear(
    _ y: Tensor, weight: Variable, bias: Variable? = nil, base: Variable? = nil
  ) -> Variable {
    let (rows, outputs, inputs) = linearExtents(weight)
    // Keep only what a gradient will ask for: x for the weight's, W for the input's.
    let savedInput = weight.needsGradient ? value : nil
    let savedWeight = needsGradient ? weight.value : nil
    let (inputNode, inputShape) = (node, shape)
    return .record(y, inputs: [self, weight] + [bias, base].compactMap { $0 }) { [baseNode = base?.node] dy in
      let backend = Compute.backend
      baseNode?.add(dy)
      if let savedInput {
        weight.node?.addInto(weight.shape) { sum, fresh in
          backend.multiply(
            sum, MatrixOperand(dy, transposed: true), MatrixOperand(savedInput),
            MultiplyOptions(m: outputs, n: inputs, k: rows, accumulate: !fresh))
        }
      }
      bias?.node?.accumulateInto([outputs]) { backend.columnSum(adding: $0, dy) }
      if let savedWeight {
        inputNode?.addInto(inputShape) { sum, fresh in
          backend.multiply(
            sum, MatrixOperand(dy), MatrixOperand(savedWeight),
            MultiplyOptions(m: rows, n: inputs, k: outputs, accumulate: !fresh))
        }
      }
    }
  }
}
