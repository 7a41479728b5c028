import NN
import TensorCore

/// LoRA: a low-rank update B · A of the packed query, key and value projection of every block.
///
/// One A [rank, width] is shared by q, k and v, whose B are the rows of [3 · width, rank]; there is no alpha / rank
/// factor beyond `scale`: 4 · width · rank parameters a block.
public struct LoRA: FineTuningMethod {
  public struct Options: Codable, Sendable, Equatable {
    public var rank = 8
    /// Factor on the update.
    public var scale: Float = 1
    /// Dropout on the input of A while training.
    public var dropout: Float = 0.1
  }

  public static let name = "lora"
  public static let summary = "Trains a low-rank update of the query, key and value projections."
  public static let citation = "Hu et al., LoRA: Low-Rank Adaptation of Large Language Models, ICLR 2022"
  public static let defaultOptions = Options()
  public static let optionRanges = [
    OptionRange("rank", 1...4096, "rank of the update"),
    OptionRange("scale", -100...100, "factor on the update"),
    OptionRange("dropout", 0...0.9, "dropout on the update's input"),
  ]

  public let options: Options
  public init(options: Options) { self.options = options }

  public func update(of linear: Linear, scope: ParameterScope) -> (any LinearUpdate)? {
    guard linear.weight.path.hasSuffix("in_proj_weight") else { return nil }
    return LowRankUpdate(scope, linear: linear, options: options)
  }
}

/// y + s · B · A · dropout(x).
final class LowRankUpdate: LinearUpdate {
  private let down: Parameter
  private let up: Parameter
  private let options: LoRA.Options
  private let path: String

  init(_ scope: ParameterScope, linear: Linear, options: LoRA.Options) {
    down = scope.parameter("lora_a", [options.rank, linear.inputs], .kaimingUniform, trainable: true)
    up = scope.parameter("lora_b", [linear.outputs, options.rank], .zeros, trainable: true)
    self.options = options
    path = scope.path
  }

  func apply(to base: Variable, input x: Variable, context: ForwardContext) -> Variable {
    let kept =
      context.isTraining && options.dropout > 0
      ? x.dropout(options.dropout, seeds: context.seeds(at: path, count: x.shape[0])) : x
    let code = options.scale * kept.linear(weight: down.variable)
    return code.linear(weight: up.variable, addedInPlaceTo: base)
  }

  /// W + s · B · A.
  func merged(weight: Tensor, bias: Tensor?) -> (weight: Tensor, bias: Tensor?)? {
    let scaled = Tensor(uninitialized: up.shape)
    Compute.backend.scale(scaled, up.value, by: options.scale)
    let sum = weight.copy()
    Compute.backend.multiply(
      sum, MatrixOperand(scaled), MatrixOperand(down.value),
      MultiplyOptions(m: weight.shape[0], n: weight.shape[1], k: options.rank, accumulate: true))
    return (sum, bias)
  }
}
