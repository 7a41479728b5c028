import NN
import TensorCore

/// R-Adapter: h + A · h after attention and after the MLP, without bias or non-linearity, so that it folds into them.
/// While training, the adapter is dropped for some images.
///
/// The paper's objective, average and merging by a half are apart: any alpha merges.
public struct RAdapter: FineTuningMethod {
  /// 0 for a whole matrix, as in the paper; its few-shot form is of low rank.
  public var rank = 0
  public var drop: Float = 0.2

  public static let name = "r-adapter"
  public static let summary = "Trains linear maps after attention and MLP that fold into them."
  public static let citation =
    "Kim et al., Efficient and Versatile Robust Fine-Tuning of Zero-shot Models, ECCV 2024"
  public static let options: [MethodOption<RAdapter>] = [
    MethodOption("rank", \.rank, 0...4096, "rank of the map; 0 for a whole matrix"),
    MethodOption("drop", \.drop, 0...0.9, "share of images for which an adapter is dropped while training"),
  ]

  public init() {}

  public func adapt(_ adaptation: Adaptation) {
    adaptation.insert { site, scope in
      site.point.isBranch ? LinearAdapter(scope, width: site.width, method: self) : nil
    }
  }
}

private final class LinearAdapter: FoldableInsertion {
  let direction = FoldDirection.backward
  /// A [width, width], or B [width, rank] with A [rank, width].
  private let matrix: Parameter
  private let down: Parameter?
  private let drop: Float
  private let path: String

  init(_ scope: ParameterScope, width: Int, method: RAdapter) {
    let rank = method.rank == 0 ? width : method.rank
    matrix = scope.parameter("radapter", [width, rank], .zeros, trainable: true)
    down =
      method.rank == 0
      ? nil : scope.parameter("radapter_down", [rank, width], .kaimingUniform, trainable: true)
    drop = method.drop
    path = "\(scope.path).radapter"
  }

  func apply(to h: Variable, branch: BranchInputs?, context: ForwardContext) -> Variable {
    let code = down.map { h.linear(weight: $0.variable) } ?? h
    let change = code.linear(weight: matrix.variable)
    guard context.isTraining, drop > 0 else { return h + change }
    return h + change.dropPath(drop, seeds: context.seeds(at: path, count: h.shape[0]))
  }

  /// (I + A) · W and (I + A) · b.
  func folded(weight: Tensor, bias: Tensor?) -> (weight: Tensor, bias: Tensor?) {
    let a =
      down.map { matrix.variable.detached.multiplied(by: $0.variable.detached) } ?? matrix.variable.detached
    func changed(_ x: Tensor) -> Tensor { (Variable(x) + a.multiplied(by: Variable(x))).value }
    return (changed(weight), bias.map { changed($0.reshaped([$0.count, 1])).reshaped($0.shape) })
  }
}
