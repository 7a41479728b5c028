import NN
import TensorCore

/// What FacT's two forms share: y + s · V · dropout(Σ · U · x) on q, k, v, the attention output, fc1 and fc2, with U and V
/// shared by all layers of a tower (Jie & Deng 2023). A layer of several times the width is several of them.
final class FactorTuning {
  private let down, up: Parameter
  let scale, dropout: Float
  let rank: Int

  /// Makes the outer factors in a tower's scope.
  init(_ scope: ParameterScope, width: Int, rank: Int, scale: Float, dropout: Float) {
    down = scope.parameter("fact_u", [rank, width], .kaimingUniform, trainable: true)
    up = scope.parameter("fact_v", [width, rank], .zeros, trainable: true)
    self.rank = rank
    self.scale = scale
    self.dropout = dropout
  }

  /// The update of one layer. `middle` gives Σ for it, [outputs / width · rank, inputs / width · rank].
  func update(of linear: Linear, middle: @escaping () -> Variable) -> any LinearUpdate {
    FactorUpdate(down: down, up: up, middle: middle, scale: scale, dropout: dropout, path: linear.path)
  }

  /// Square slices of the middle factor that a layer takes. Throws where its extents are no multiples of the width.
  static func slices(of linear: Linear, width: Int, method: String) throws(MethodError) -> Int {
    guard linear.inputs.isMultiple(of: width), linear.outputs.isMultiple(of: width) else {
      throw .unfit(
        "\(method) divides layers into parts as wide as the tower; \(linear.path) is \(linear.outputs) × "
          + "\(linear.inputs), which \(width) does not divide.")
    }
    return linear.inputs / width * (linear.outputs / width)
  }
}

private final class FactorUpdate: LinearUpdate {
  private let down, up: Parameter
  private let middle: () -> Variable
  private let scale, dropout: Float
  private let path: String

  init(
    down: Parameter, up: Parameter, middle: @escaping () -> Variable, scale: Float, dropout: Float,
    path: String
  ) {
    self.down = down
    self.up = up
    self.middle = middle
    self.scale = scale
    self.dropout = dropout
    self.path = path
  }

  func output(
    of linear: Linear, for x: Variable, result: DType?, context: ForwardContext
  ) -> Variable {
    let (width, rank) = (up.shape[0], up.shape[1])
    let rest = Array(x.shape.dropLast())
    let (ins, outs) = (linear.inputs / width, linear.outputs / width)
    let code = x.reshaped(rest + [ins, width]).linear(weight: down.variable).reshaped(rest + [ins * rank])
    let inner = scale * code.linear(weight: middle()).dropped(dropout, at: path, context)
    let base = linear.plain(x, result: result)
    return inner.reshaped(rest + [outs, rank])
      .linear(weight: up.variable, addedInPlaceTo: base.reshaped(rest + [outs, width]))
      .reshaped(rest + [linear.outputs])
  }

  /// W plus a block s · V · Σ_oi · U for each part o of the outputs and i of the inputs.
  func merged(weight: Tensor, bias: Tensor?) -> (weight: Tensor, bias: Tensor?) {
    let (width, rank) = (up.shape[0], up.shape[1])
    let sigma = middle().value
    var blocks: [(block: Variable, row: Int, column: Int)] = []
    for o in 0..<weight.shape[0] / width {
      for i in 0..<weight.shape[1] / width {
        let slice = sigma.rows(o * rank..<(o + 1) * rank).columns(i * rank..<(i + 1) * rank)
        let block = up.variable.detached.multiplied(by: Variable(slice)).multiplied(
          by: down.variable.detached)
        blocks.append((scale * block, o * width, i * width))
      }
    }
    return ((Variable(weight) + .assembled(weight.shape, blocks)).value, bias)
  }
}
