import NN
import TensorCore

/// DeLoRA: an update of bounded strength, λ / rank · Σᵢ bᵢ · aᵢᵀ / (‖bᵢ‖ ‖aᵢ‖), its columns scaled by the norms of the
/// weight's, with λ trained.
///
/// B starts as 0, as in peft, where norms below 1e-4 count as that.
public struct DeLoRA: FineTuningMethod {
  public var rank = 8
  /// What λ starts as.
  public var strength: Float = 15
  public var targets = TargetList([.query, .key, .value])
  public var blocks = BlockList.all

  public static let name = "delora"
  public static let summary = "Trains a normalised low-rank update of q, k and v, and its strength."
  public static let citation = "Bini et al., Decoupling Angles and Strength in Low-rank Adaptation, ICLR 2025"
  public static let options: [MethodOption<DeLoRA>] =
    [
      MethodOption("rank", \.rank, 1...4096, "rank of the update"),
      MethodOption("strength", \.strength, 0...1000, "what lambda starts as"),
    ] + MethodOption.parts(targets: \.targets, blocks: \.blocks)

  public init() {}

  public func adapt(_ adaptation: Adaptation) throws(MethodError) {
    let chosen = try ChosenParts(adaptation, blocks: blocks, targets: targets)
    adaptation.computeWeights { part, scope in
      chosen.contains(part) ? BoundedWeight(scope, part: part, method: self) : nil
    }
  }
}

extension DeLoRA: PeftMethod {
  public func peft(_ adaptation: Adaptation) -> PeftExport {
    adaptation.peftExport(
      "DELORA",
      ["r": .number(Double(rank)), "delora_lambda": .number(Double(strength)), "bias": .text("none")])
  }
}

private final class BoundedWeight: WeightUpdate, PeftWeight {
  var peftTensors: [String: Tensor] {
    [
      "delora_A": down.value, "delora_B": up.value.transposed(), "delora_lambda": strength.value,
      "delora_w_norm": norms,
    ]
  }

  /// [rank, in], and B transposed, [rank, out].
  private let down, up, strength: Parameter
  /// Of the weight's columns: [in].
  private let norms: Tensor
  private static let leastNorm: Float = 1e-4

  init(_ scope: ParameterScope, part: LinearPart, method: DeLoRA) {
    down = scope.parameter("delora_a", [method.rank, part.inputs], .kaimingUniform, trainable: true)
    up = scope.parameter("delora_b", [method.rank, part.outputs], .zeros, trainable: true)
    strength = scope.parameter("delora_lambda", [1], .constant(method.strength), trainable: true)
    norms = part.linear.weight.value.rows(part.rows).columnNorms()
  }

  func weight(from base: Tensor) -> Variable {
    let share = (1 / Float(down.shape[0])) * strength.variable
    let scaled = down.variable.rowsNormalized(atLeast: Self.leastNorm)
      .reshaped([down.count, 1]).scaleShifted(gamma: share, beta: nil).reshaped(down.shape)
      .scaleShifted(gamma: Variable(norms), beta: nil)
    return Variable(base)
      + up.variable.rowsNormalized(atLeast: Self.leastNorm).multiplied(by: scaled, transposed: true)
  }
}
