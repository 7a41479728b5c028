/// What products of `bf16` take a weight W[out, in] as: packed for its backend, each way by itself, or else plain.
struct NarrowedOperands {
  private var plain: Tensor?
  private var packed: (direct: MatrixOperand?, transposed: MatrixOperand?)

  /// W, or its transpose.
  mutating func operand(of weight: Tensor, transposed: Bool, keeping: Bool) -> MatrixOperand {
    if let made = transposed ? packed.transposed : packed.direct { return made }
    let (outputs, inputs) = (weight.shape[0], weight.count / max(1, weight.shape[0]))
    let made = Compute.backend.packed(
      MatrixOperand(weight, transposed: transposed), k: transposed ? inputs : outputs,
      n: transposed ? outputs : inputs)
    guard let made else {
      let narrowed = plain ?? weight.converted(to: .bf16)
      plain = narrowed
      return MatrixOperand(narrowed, transposed: transposed)
    }
    if keeping, transposed {
      packed.transposed = made
    } else if keeping {
      packed.direct = made
    }
    return made
  }
}
