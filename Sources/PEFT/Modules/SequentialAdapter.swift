import NN
import TensorCore

/// h + A(h), after a sub-layer and before its residual sum.
final class SequentialAdapter: Insertion {
  private let unit: Bottleneck

  init(_ unit: Bottleneck) { self.unit = unit }

  func apply(to h: Variable, branch: BranchInputs?, context: ForwardContext) -> Variable {
    h + unit(h, context)
  }
}
