import NN
import TensorCore

/// CLIP-SVD: the singular values of every linear layer, while the singular vectors stay: W = U · diag(S) · Vᵀ.
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
    var parts: [String: [SingularPart]] = [:]
    for (part, svd) in try chosen.decomposed(adaptation) {
      let values = adaptation.scope(part.path).parameter(
        "singular_values", [svd.s.count], .zeros, trainable: true)
      values.assign(svd.s)
      parts[part.linear.path, default: []].append(SingularPart(part, svd: svd, values: values))
    }
    adaptation.update { linear, _ in parts[linear.path].map(SingularUpdate.init) }
  }
}

/// The rows of a layer of which the singular values train.
private struct SingularPart {
  let rows: Range<Int>
  let values: Parameter
  /// U [rows, k] and Vᵀ [k, in], which stay.
  private let u, vt: Parameter

  init(_ part: LinearPart, svd: SingularValues, values: Parameter) {
    rows = part.rows
    self.values = values
    u = Parameter(path: part.path + ".u", value: svd.u)
    vt = Parameter(path: part.path + ".vt", value: svd.vt)
  }

  /// x: [..., in] → [..., rows]
  func output(for x: Variable, bias: Variable?, result: DType?) -> Variable {
    x.linear(weight: vt.variable, parameter: vt)
      .scaleShifted(gamma: values.variable, beta: nil)
      .linear(weight: u.variable, bias: bias, parameter: u, result: result)
  }

  var weight: Variable {
    Variable(u.value).scaleShifted(gamma: Variable(values.value), beta: nil).multiplied(
      by: Variable(vt.value))
  }
}

/// U · diag(S) · Vᵀ · x, factor by factor: the gradient of S is then one of activations, and no weight's is computed,
/// which would cost another product of the layer's size.
private final class SingularUpdate: LinearUpdate {
  /// In the order of their rows.
  private let parts: [SingularPart]

  init(_ parts: [SingularPart]) { self.parts = parts.sorted { $0.rows.lowerBound < $1.rows.lowerBound } }

  func output(
    of linear: Linear, for x: Variable, result: DType?, context: ForwardContext
  ) -> Variable {
    let bias = linear.bias?.variable
    return .sideBySide(
      pieces(
        of: linear.outputs,
        between: { rows in
          x.linear(weight: linear.weight.variable.rows(rows), bias: bias?.rows(rows), result: result)
        },
        of: { $0.output(for: x, bias: bias?.rows($0.rows), result: result) }))
  }

  func merged(weight: Tensor, bias: Tensor?) -> (weight: Tensor, bias: Tensor?) {
    let rows = pieces(of: weight.shape[0], between: { Variable(weight.rows($0)) }, of: \.weight)
    return (Variable.concatenated(rows).value.copy(), bias)
  }

  /// What is made of each part, and of the rows between them, in their order.
  private func pieces(
    of outputs: Int, between rest: (Range<Int>) -> Variable, of piece: (SingularPart) -> Variable
  ) -> [Variable] {
    var pieces: [Variable] = []
    var next = 0
    for part in parts {
      if next < part.rows.lowerBound { pieces.append(rest(next..<part.rows.lowerBound)) }
      pieces.append(piece(part))
      next = part.rows.upperBound
    }
    if next < outputs { pieces.append(rest(next..<outputs)) }
    return pieces
  }
}
