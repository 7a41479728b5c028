extension Variable {
  /// y = activation(x · Wᵀ + b).
  ///
  /// x: [..., in], weight: [out, in], bias: [out] → [..., out]. An activation is fused into the product where no
  /// gradient is wanted. The arithmetic is that of x: for an x of `bf16` the weight is rounded too (by `parameter`, where
  /// it is one, which keeps what it made), and the result is of the type `result`, by default that of x.
  public func linear(
    weight: Variable, bias: Variable? = nil, activation: Activation = .identity, parameter: Parameter? = nil,
    result: DType? = nil
  ) -> Variable {
    let (rows, outputs, inputs) = linearExtents(weight)
    let needsGradient = needsGradient || weight.needsGradient || bias?.needsGradient ?? false
    let operands = WeightOperands(weight, parameter: parameter, dtype: dtype)
    let y = Tensor(uninitialized: shape.dropLast() + [outputs], dtype: result ?? dtype)
    // A pass that is to be repeated with gradients rounds as they do.
    let fused = needsGradient || Recomputation.isUnrecorded ? .identity : activation
    Compute.backend.multiply(
      y, MatrixOperand(value), operands.operand(transposed: true),
      MultiplyOptions(m: rows, n: outputs, k: inputs, bias: bias?.value, activation: fused))
    let recorded = recordLinear(y, weight: weight, operands: operands, bias: bias)
    return fused == activation ? recorded : recorded.activated(activation)
  }

  /// base + x · Wᵀ, written over `base`, which must be a fresh result that nothing else reads.
  ///
  /// The second half of a factored update: x: [..., r], weight: [out, r], base: [..., out].
  package func linear(weight: Variable, addedInPlaceTo base: Variable) -> Variable {
    let (rows, outputs, inputs) = linearExtents(weight)
    let operands = WeightOperands(weight, parameter: nil, dtype: dtype)
    Compute.backend.multiply(
      base.value, MatrixOperand(value), operands.operand(transposed: true),
      MultiplyOptions(m: rows, n: outputs, k: inputs, accumulate: true))
    return recordLinear(base.value, weight: weight, operands: operands, base: base)
  }

  private func linearExtents(_ weight: Variable) -> (rows: Int, outputs: Int, inputs: Int) {
    let (outputs, inputs) = (weight.shape[0], weight.value.count / max(1, weight.shape[0]))
    precondition(shape.last == inputs, "linear: \(shape) by \(weight.shape)")
    return (inputs == 0 ? 0 : value.count / inputs, outputs, inputs)
  }

  private func recordLinear(
    _ y: Tensor, weight: Variable, operands: WeightOperands, bias: Variable? = nil, base: Variable? = nil
  ) -> Variable {
    let (rows, outputs, inputs) = linearExtents(weight)
    // Keep only what a gradient will ask for: x for the weight's, W for the input's.
    let savedInput = weight.needsGradient ? kept : nil
    let savedWeight = needsGradient ? operands : nil
    let (inputNode, inputShape, dtype) = (node, shape, dtype)
    return .record(y, inputs: [self, weight] + [bias, base].compactMap { $0 }) {
      [baseNode = base?.node] full in
      let backend = Compute.backend
      baseNode?.add(full)
      let dy = full.converted(to: dtype)
      if let savedInput {
        weight.node?.addInto(weight.shape) { sum, fresh in
          backend.multiply(
            sum, MatrixOperand(dy, transposed: true), MatrixOperand(savedInput.tensor),
            MultiplyOptions(m: outputs, n: inputs, k: rows, accumulate: !fresh))
        }
      }
      bias?.node?.accumulateInto([outputs]) { backend.columnSum(adding: $0, full) }
      if let savedWeight {
        inputNode?.addInto(inputShape, dtype) { sum, fresh in
          backend.multiply(
            sum, MatrixOperand(dy), savedWeight.operand(transposed: false),
            MultiplyOptions(m: rows, n: inputs, k: outputs, accumulate: !fresh))
        }
      }
    }
  }
}

/// Where the products of a linear map, forward and backward, take its weight from.
private struct WeightOperands {
  private let plain: Tensor
  private let parameter: Parameter?
  private let isTrained: Bool

  init(_ weight: Variable, parameter: Parameter?, dtype: DType) {
    self.parameter = dtype == .bf16 ? parameter : nil
    plain = self.parameter == nil ? weight.value.converted(to: dtype) : weight.value
    isTrained = weight.needsGradient
  }

  /// W, or its transpose. What is made of a weight that trains is of use for one product only.
  func operand(transposed: Bool) -> MatrixOperand {
    parameter?.narrowedOperand(transposed: transposed, keeping: !isTrained)
      ?? MatrixOperand(plain, transposed: transposed)
  }
}
