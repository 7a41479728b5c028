import NN
import TensorCore

/// CLIP-SVD: the singular values of every linear layer, while the singular vectors stay: W + U · diag(S − S₀) · Vᵀ.
///
/// The vectors are found again whenever the model is made ready; they are not saved.
public struct CLIPSVD: FineTuningMethod {
  public var targets = TargetList(Set(LinearTarget.allCases))
  public var blocks = BlockList.all

  public static let name = "clip-svd"
  public static let summary = "Trains the singular values of the blocks' linear layers."
  public static let citation =
    "Koleilat et al., Singular Value Few-shot Adaptation of Vision-Language Models, 2025"
  public static let options: [MethodOption<CLIPSVD>] = MethodOption.parts(
    targets: \.targets, blocks: \.blocks)

  public init() {}

  public func adapt(_ adaptation: Adaptation) throws(MethodError) {
    let chosen = try ChosenParts(adaptation, blocks: blocks, targets: targets)
    var updates: [String: SingularWeight] = [:]
    for (part, svd) in try chosen.decomposed(adaptation) {
      let values = adaptation.scope(part.path).parameter(
        "singular_values", [svd.s.count], .zeros, trainable: true)
      values.assign(svd.s)
      updates[part.path] = SingularWeight(svd: svd, values: values)
    }
    adaptation.computeWeights { part, _ in updates[part.path] }
  }
}

private final class SingularWeight: WeightUpdate {
  private let svd: SingularValues
  private let values: Parameter

  init(svd: SingularValues, values: Parameter) {
    self.svd = svd
    self.values = values
  }

  func weight(from base: Tensor) -> Variable {
    let change = values.variable + (-1) * Variable(svd.s)
    return Variable(base)
      + Variable(svd.u).scaleShifted(gamma: change, beta: nil).multiplied(by: Variable(svd.vt))
  }
}
