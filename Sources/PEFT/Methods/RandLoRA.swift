import NN
import TensorCore

/// RandLoRA: an update of full rank, the sum of random low-rank products whose diagonals train:
/// s · Σⱼ Bⱼ · diag(λⱼ) · A · diag(γⱼ), with as many as fill the smaller extent of the weight.
///
/// A and the Bⱼ are shared by all layers, start from the run's seed with deviation 1, never train and are not saved.
public struct RandLoRA: FineTuningMethod {
  public var rank = 32
  public var alpha: Float = 640
  public var targets = TargetList([.query, .key, .value])
  public var blocks = BlockList.all

  public static let name = "randlora"
  public static let summary = "Trains diagonals between shared random matrices, of full rank together."
  public static let citation =
    "Albert et al., RandLoRA: Full-rank Parameter-efficient Fine-tuning of Large Models, ICLR 2025"
  public static let options: [MethodOption<RandLoRA>] =
    [
      MethodOption("rank", \.rank, 1...4096, "rank of each product"),
      MethodOption("alpha", \.alpha, 0...10000, "factor on the update, divided by the rank"),
    ] + MethodOption.parts(targets: \.targets, blocks: \.blocks)

  public init() {}

  public func adapt(_ adaptation: Adaptation) throws(MethodError) {
    let chosen = try ChosenParts(adaptation, blocks: blocks, targets: targets)
    let parts = adaptation.towers.flatMap(\.linears).flatMap(chosen.parts)
    let smaller = parts.map { min($0.inputs, $0.outputs) }.max() ?? 0
    let larger = parts.map { max($0.inputs, $0.outputs) }.max() ?? 0
    let products = (smaller + rank - 1) / rank
    // Uniform of deviation 1.
    let unit = Initializer.uniform(bound: Float(3).squareRoot())
    let down = adaptation.fixed("randlora_a", [rank, smaller], unit)
    let up = adaptation.fixed("randlora_b", [larger, products * rank], unit)
    adaptation.computeWeights { part, scope in
      guard chosen.contains(part) else { return nil }
      return FullRankWeight(scope, part: part, down: down, up: up, method: self)
    }
  }
}

private final class FullRankWeight: WeightUpdate {
  private let lambda, gamma: Parameter
  /// A's rows, each repeated for every product: [rank · products, smaller]; the Bⱼ, whose columns
  /// meet those rows in turn: [larger, products · rank].
  private let down, up: Tensor
  private let scale: Float
  /// Which γ a row of `down` belongs to.
  private let product: Tensor
  private let isWide: Bool

  init(_ scope: ParameterScope, part: LinearPart, down: Tensor, up: Tensor, method: RandLoRA) {
    let (smaller, larger) = (min(part.inputs, part.outputs), max(part.inputs, part.outputs))
    let products = (smaller + method.rank - 1) / method.rank
    lambda = scope.parameter("randlora_lambda", [method.rank, products], .zeros, trainable: true)
    gamma = scope.parameter(
      "randlora_gamma", [products, smaller], .constant(1 / Float(max(smaller, products))), trainable: true)
    let rows = (0..<method.rank).flatMap { row in Array(repeating: Int32(row), count: products) }
    self.down = Variable(down.columns(0..<smaller)).gatherRows(Tensor(rows, shape: [rows.count])).value
    product = Tensor(
      (0..<method.rank).flatMap { _ in (0..<products).map { Int32($0) } }, shape: [method.rank * products])
    self.up = up.rows(0..<larger).columns(0..<products * method.rank)
    scale = method.alpha / Float(method.rank)
    isWide = smaller < part.inputs
  }

  func weight(from base: Tensor) -> Variable {
    let scaled = gamma.variable.gatherRows(product).multipliedElementwise(by: Variable(down))
      .rowsScaled(by: lambda.variable.reshaped([lambda.count]))
    let change =
      isWide
      ? scaled.multiplied(by: Variable(up), transposed: true, otherTransposed: true)
      : Variable(up).multiplied(by: scaled)
    return Variable(base) + scale * change
  }
}
