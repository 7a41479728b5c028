import TensorCore

/// A change to a linear layer (LoRA and its kin).
public protocol LinearUpdate: AnyObject {
  /// What the changed layer makes of x, before any activation: [..., in] → [..., out], of the type `result`.
  func output(of linear: Linear, for x: Variable, result: DType?, context: ForwardContext) -> Variable
  /// Weight [out, in] and bias [out] of one plain layer that does the same as the changed one, given those it had.
  func merged(weight: Tensor, bias: Tensor?) -> (weight: Tensor, bias: Tensor?)
}

/// A new weight for a linear layer, or for the rows of one part of it, as a function of what trains.
public protocol WeightUpdate: AnyObject {
  /// base: the frozen weight [rows, in] → the weight that takes its place.
  func weight(from base: Tensor) -> Variable
}

/// A linear layer whose weight is computed anew in every pass, part by part.
///
/// What that costs does not depend on the batch; what is trained through it gets the gradient of the whole weight.
public final class ComputedWeight: LinearUpdate {
  /// In the order of their rows.
  private let parts: [(rows: Range<Int>, update: any WeightUpdate)]

  public init(_ parts: [(rows: Range<Int>, update: any WeightUpdate)]) {
    self.parts = parts.sorted { $0.rows.lowerBound < $1.rows.lowerBound }
  }

  /// What computes the weight of these rows.
  public func update(of rows: Range<Int>) -> (any WeightUpdate)? {
    parts.first { $0.rows == rows }?.update
  }

  public func output(
    of linear: Linear, for x: Variable, result: DType?, context: ForwardContext
  ) -> Variable {
    x.linear(weight: weight(from: linear.weight.value), bias: linear.bias?.variable, result: result)
  }

  public func merged(weight: Tensor, bias: Tensor?) -> (weight: Tensor, bias: Tensor?) {
    (self.weight(from: weight).value.copy(), bias)
  }

  private func weight(from base: Tensor) -> Variable {
    var pieces: [Variable] = []
    var next = 0
    for (rows, update) in parts {
      if next < rows.lowerBound { pieces.append(Variable(base.rows(next..<rows.lowerBound))) }
      pieces.append(update.weight(from: base.rows(rows)))
      next = rows.upperBound
    }
    if next < base.shape[0] { pieces.append(Variable(base.rows(next..<base.shape[0]))) }
    return .concatenated(pieces)
  }
}
