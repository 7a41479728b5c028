import TensorCore

/// A factored change to a linear layer (LoRA and its kin).
public protocol LinearUpdate: AnyObject {
  /// The updated layer's output. `base` is the unchanged layer's output for `x`, fresh, and may be written over.
  func apply(to base: Variable, input x: Variable, context: ForwardContext) -> Variable
  /// Weight [out, in] and bias [out] of one plain layer that does the same, or nil where there is none.
  func merged(weight: Tensor, bias: Tensor?) -> (weight: Tensor, bias: Tensor?)?
}
