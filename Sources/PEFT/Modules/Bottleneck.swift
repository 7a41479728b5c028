import NN
import TensorCore

/// How an adapter's matrices start.
public enum AdapterStart: String, OptionChoice {
  /// Down by Kaiming's uniform rule, up 0: the model begins unchanged.
  case kaiming
  /// Down by Xavier's uniform rule, up 0.
  case xavier
  /// Both by Xavier's uniform rule, as the study's Houlsby adapters: the model does not begin unchanged.
  case xavierBoth = "xavier-both"

  var down: Initializer { self == .kaiming ? .kaimingUniform : .xavierUniform }
  var up: Initializer { self == .xavierBoth ? .xavierUniform : .zeros }
  /// Of the biases: N(0, 1e-6²) where the matrices do not start from 0 either, as in the study.
  var bias: Initializer { self == .xavierBoth ? .normal(deviation: 1e-6) : .zeros }
}

/// A method of bottlenecks at sites of its own.
protocol BottleneckMethod: FineTuningMethod {
  var rank: Int { get set }
  var scale: Float { get set }
  var dropout: Float { get set }
  var start: AdapterStart { get set }
}

extension BottleneckMethod {
  public static var options: [MethodOption<Self>] {
    [
      MethodOption("rank", \.rank, 1...4096, "width of the bottleneck"),
      MethodOption("scale", \.scale, -100...100, "factor on the adapter's output"),
      MethodOption("dropout", \.dropout, 0...0.9, "dropout in the bottleneck while training"),
      MethodOption("start", \.start, "how the matrices start"),
    ]
  }

  func unit(_ scope: ParameterScope, at site: Site) -> Bottleneck {
    Bottleneck(scope, width: site.width, rank: rank, scale: scale, dropout: dropout, start: start)
  }
}

/// A(x) = s · (Up · dropout(ReLU(Down · x + b)) + c): the unit of all adapters (Houlsby et al. 2019).
final class Bottleneck {
  private let down, downBias, up, upBias: Parameter
  private let scale, dropout: Float
  private let path: String

  init(_ scope: ParameterScope, width: Int, rank: Int, scale: Float, dropout: Float, start: AdapterStart) {
    down = scope.parameter("adapter_down", [rank, width], start.down, trainable: true)
    downBias = scope.parameter("adapter_down_bias", [rank], start.bias, trainable: true)
    up = scope.parameter("adapter_up", [width, rank], start.up, trainable: true)
    upBias = scope.parameter("adapter_up_bias", [width], start.bias, trainable: true)
    self.scale = scale
    self.dropout = dropout
    path = "\(scope.path).adapter"
  }

  /// x: [batch, tokens, width] → the same.
  func callAsFunction(_ x: Variable, _ context: ForwardContext) -> Variable {
    let code = x.linear(weight: down.variable, bias: downBias.variable).activated(.relu)
      .dropped(dropout, at: path, context)
    return scale * code.linear(weight: up.variable, bias: upBias.variable)
  }
}

extension Variable {
  /// Dropout while training, by masks of the place.
  func dropped(_ probability: Float, at path: String, _ context: ForwardContext) -> Variable {
    guard context.isTraining, probability > 0 else { return self }
    return dropout(probability, seeds: context.seeds(at: path, count: shape[0]))
  }
}
