/// A named tensor of a model: what is saved, loaded and, where trainable, trained.
public final class Parameter {
  /// The canonical path, such as `visual.transformer.resblocks.0.attn.in_proj_weight`.
  public let path: String
  /// What the optimiser's learning rate is multiplied by.
  public let rateFactor: Float
  public private(set) var value: Tensor
  private var leaf: Node?
  private var narrowed = NarrowedOperands()

  public init(path: String, value: Tensor, trainable: Bool = false, rateFactor: Float = 1) {
    self.path = path
    self.rateFactor = rateFactor
    self.value = value
    self.leaf = trainable ? .leaf() : nil
  }

  public var shape: [Int] { value.shape }
  public var count: Int { value.count }

  /// Whether gradients flow to this parameter. Frozen parameters cost nothing in backward.
  public var isTrainable: Bool {
    get { leaf != nil }
    set { if newValue != isTrainable { leaf = newValue ? .leaf() : nil } }
  }

  /// The parameter as an input of a computation.
  public var variable: Variable { Variable(value, node: leaf.flatMap(Recomputation.recorded)) }

  /// The value, a matrix W[out, in], rounded to `bf16`, as the right operand of products: W, or its transpose.
  ///
  /// `keeping` has it made once and kept until the value changes: for weights that stay.
  func narrowedOperand(transposed: Bool, keeping: Bool) -> MatrixOperand {
    narrowed.operand(of: value, transposed: transposed, keeping: keeping)
  }

  /// To be called after the value's elements were written to.
  public func valueDidChange() { narrowed = NarrowedOperands() }

  /// Gradient gathered since it was last taken.
  public var gradient: Tensor? { leaf?.gradient }

  /// Adds to the gradient what no backward pass computed.
  public func addGradient(_ gradient: Tensor, scaledBy scale: Float) {
    leaf?.addInto(shape, .f32) { sum, fresh in
      if fresh {
        Compute.backend.scale(sum, gradient, by: scale)
      } else {
        Compute.backend.accumulate(adding: gradient, scaledBy: scale, to: sum)
      }
    }
  }

  public func takeGradient() -> Tensor? { leaf?.takeGradient() }

  /// Called in a backward pass as soon as nothing more will be added to the gradient, where it may be taken and the value
  /// be written to.
  public var whenGradientIsFinal: (() -> Void)? {
    get { leaf?.whenFinal }
    set { leaf?.whenFinal = newValue }
  }

  /// Replaces the value.
  /// - Precondition: the shape is the same.
  public func assign(_ value: Tensor) {
    precondition(value.shape == shape, "\(path): \(value.shape) assigned to \(shape)")
    self.value = value
    valueDidChange()
  }
}
