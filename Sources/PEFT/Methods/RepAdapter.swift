import NN
import TensorCore

/// RepAdapter: x + s · (B · dropout(A · x + a) + b) before the projection of q, k and v and before the MLP, without a
/// non-linearity, so that it folds into the layer that follows. B is in two groups: each half of the outputs sees half
/// of the bottleneck.
public struct RepAdapter: FineTuningMethod {
  public var rank = 8
  public var scale: Float = 1
  public var dropout: Float = 0.1

  public static let name = "repadapter"
  public static let summary = "Trains linear adapters before attention and MLP that fold into them."
  public static let citation =
    "Luo et al., Towards Efficient Visual Adaption via Structural Re-parameterization, 2023"
  public static let options: [MethodOption<RepAdapter>] = [
    MethodOption("rank", \.rank, 2...4096, "width of the bottleneck; an even number"),
    MethodOption("scale", \.scale, -100...100, "factor on the adapter's output"),
    MethodOption("dropout", \.dropout, 0...0.9, "dropout in the bottleneck while training"),
  ]

  public init() {}

  public func adapt(_ adaptation: Adaptation) throws(MethodError) {
    guard rank.isMultiple(of: 2) else {
      throw .unfit("rank=\(rank) does not divide into the two groups of repadapter; give an even number.")
    }
    adaptation.insert { site, scope in
      guard site.point == .norm1 || site.point == .norm2 else { return nil }
      return GroupedAdapter(scope, width: site.width, method: self)
    }
  }
}

private final class GroupedAdapter: FoldableInsertion {
  let direction = FoldDirection.forward
  private let down, downBias, upFirst, upSecond, upBias: Parameter
  private let method: RepAdapter
  private let path: String

  init(_ scope: ParameterScope, width: Int, method: RepAdapter) {
    let rank = method.rank
    down = scope.parameter("repadapter_down", [rank, width], .xavierUniform, trainable: true)
    downBias = scope.parameter("repadapter_down_bias", [rank], .zeros, trainable: true)
    upFirst = scope.parameter("repadapter_up_0", [width / 2, rank / 2], .zeros, trainable: true)
    upSecond = scope.parameter("repadapter_up_1", [width - width / 2, rank / 2], .zeros, trainable: true)
    upBias = scope.parameter("repadapter_up_bias", [width], .zeros, trainable: true)
    self.method = method
    path = "\(scope.path).repadapter"
  }

  /// [width, rank]
  private var up: Variable {
    let half = method.rank / 2
    return .assembled(
      [upBias.count, method.rank],
      [(upFirst.variable, 0, 0), (upSecond.variable, upFirst.shape[0], half)])
  }

  func apply(to h: Variable, branch: BranchInputs?, context: ForwardContext) -> Variable {
    let code = h.linear(weight: down.variable, bias: downBias.variable)
      .dropped(method.dropout, at: path, context)
    return h + method.scale * code.linear(weight: up, bias: upBias.variable)
  }

  /// W · (I + s · B · A) and b + s · W · (B · a + b_B).
  func folded(weight: Tensor, bias: Tensor?) -> (weight: Tensor, bias: Tensor?) {
    let (w, b) = (Variable(weight), up.detached)
    let change = method.scale * w.multiplied(by: b).multiplied(by: down.variable.detached)
    let shift = Variable(downBias.value.reshaped([1, method.rank])).linear(
      weight: b, bias: upBias.variable.detached)
    let moved = (method.scale * shift.linear(weight: w)).reshaped([weight.shape[0]])
    return ((w + change).value, bias.map { (Variable($0) + moved).value } ?? moved.value)
  }
}
