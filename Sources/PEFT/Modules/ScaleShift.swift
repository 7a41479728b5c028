import NN
import TensorCore

/// γ ⊙ h + β, where β may be absent.
final class ScaleShift: FoldableInsertion {
  let direction: FoldDirection
  private let scale: () -> Variable
  private let shift: () -> Variable?

  init(
    scale: @escaping () -> Variable, shift: @escaping () -> Variable? = { nil },
    direction: FoldDirection = .backward
  ) {
    self.scale = scale
    self.shift = shift
    self.direction = direction
  }

  convenience init(scale: Parameter, shift: Parameter? = nil, direction: FoldDirection = .backward) {
    self.init(scale: { scale.variable }, shift: { shift?.variable }, direction: direction)
  }

  func apply(to h: Variable, branch: BranchInputs?, context: ForwardContext) -> Variable {
    h.scaleShifted(gamma: scale(), beta: shift())
  }

  /// Backward: diag(γ) · W and γ ⊙ b + β. Forward: W · diag(γ) and b + W · β.
  func folded(weight: Tensor, bias: Tensor?) -> (weight: Tensor, bias: Tensor?) {
    let outputs = weight.shape[0]
    let flat = weight.reshaped([outputs, weight.count / max(1, outputs)])
    let result = Tensor(uninitialized: flat.shape)
    let backend = Compute.backend
    let (gamma, beta) = (scale().value, shift()?.value)
    switch direction {
    case .backward:
      backend.scaleRows(result, flat, scales: gamma)
      let start = bias ?? Tensor(zeros: [outputs])
      let shifted = Tensor(uninitialized: [outputs])
      backend.scaleShift(shifted, start, gamma: gamma, beta: beta)
      return (result.reshaped(weight.shape), beta == nil && bias == nil ? nil : shifted)
    case .forward:
      backend.scaleShift(result, flat, gamma: gamma, beta: nil)
      let shifted = beta.map { beta in
        Variable(beta.reshaped([1, beta.count]))
          .linear(weight: Variable(flat), bias: bias.map(Variable.init)).value.reshaped([outputs])
      }
      return (result.reshaped(weight.shape), shifted ?? bias)
    }
  }
}
