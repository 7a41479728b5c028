import NN
import TensorCore

/// DoRA: the weight as a direction, W + s · B · A, normalised by row, times a trained magnitude a row.
public struct DoRA: FineTuningMethod {
  public var rank = 8
  public var scale: Float = 1
  public var scaling = LowRankScaling.plain
  public var targets = TargetList([.query, .key, .value])
  public var blocks = BlockList.all
  /// Whether the gradient flows through the norm, too; the paper (section 4.3) and peft take it for a constant.
  public var normGradient = false

  public static let name = "dora"
  public static let summary = "Trains magnitude and direction of the weights of q, k and v."
  public static let citation = "Liu et al., DoRA: Weight-Decomposed Low-Rank Adaptation, ICML 2024"
  public static let options: [MethodOption<DoRA>] =
    [
      MethodOption("rank", \.rank, 1...4096, "rank of the update"),
      MethodOption("scale", \.scale, -1000...1000, "factor on the update, or peft's alpha"),
      MethodOption("scaling", \.scaling, "what the factor is divided by: nothing, the rank, or its root"),
    ] + MethodOption.parts(targets: \.targets, blocks: \.blocks)
    + [
      MethodOption("norm_gradient", \.normGradient, "whether the gradient flows through the norm")
    ]

  public init() {}

  public func adapt(_ adaptation: Adaptation) throws(MethodError) {
    let chosen = try ChosenParts(adaptation, blocks: blocks, targets: targets)
    adaptation.computeWeights { part, scope in
      chosen.contains(part) ? DirectedWeight(scope, part: part, method: self) : nil
    }
  }
}

extension DoRA: PeftMethod {
  public func peft(_ adaptation: Adaptation) -> PeftExport {
    var settings = scaling.peftSettings(scale, rank: rank)
    settings["use_dora"] = .flag(true)
    return adaptation.peftExport("LORA", settings)
  }
}

private final class DirectedWeight: WeightUpdate, PeftWeight {
  var peftTensors: [String: Tensor] {
    ["lora_A.weight": down.value, "lora_B.weight": up.value, "lora_magnitude_vector": magnitude.value]
  }

  private let down, up, magnitude: Parameter
  private let scale: Float
  private let normGradient: Bool

  init(_ scope: ParameterScope, part: LinearPart, method: DoRA) {
    down = scope.parameter("lora_a", [method.rank, part.inputs], .kaimingUniform, trainable: true)
    up = scope.parameter("lora_b", [part.outputs, method.rank], .zeros, trainable: true)
    magnitude = scope.parameter("dora_magnitude", [part.outputs], .ones, trainable: true)
    scale = method.scaling.factor(method.scale, rank: method.rank)
    normGradient = method.normGradient
    magnitude.assign(part.linear.weight.value.rows(part.rows).rowNorms())
  }

  func weight(from base: Tensor) -> Variable {
    let changed = Variable(base) + scale * up.variable.multiplied(by: down.variable)
    if normGradient { return changed.l2Normalized().rowsScaled(by: magnitude.variable) }
    let inverse = Tensor(changed.value.rowNorms().array.map { 1 / $0 }, shape: magnitude.shape)
    return changed.rowsScaled(by: magnitude.variable.multipliedElementwise(by: Variable(inverse)))
  }
}
