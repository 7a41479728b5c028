import NN
import TensorCore

/// HiRA: W + W ⊙ (B · A), an update of high rank by one of low rank.
public struct HiRA: FineTuningMethod {
  public var rank = 8
  public var targets = TargetList([.query, .key, .value])
  public var blocks = BlockList.all

  public static let name = "hira"
  public static let summary = "Trains a low-rank factor on every weight of q, k and v."
  public static let citation =
    "Huang et al., HiRA: Parameter-Efficient Hadamard High-Rank Adaptation for Large Language Models, ICLR 2025"
  public static let options: [MethodOption<HiRA>] =
    [
      MethodOption("rank", \.rank, 1...4096, "rank of the factor")
    ] + MethodOption.parts(targets: \.targets, blocks: \.blocks)

  public init() {}

  public func adapt(_ adaptation: Adaptation) throws(MethodError) {
    let chosen = try ChosenParts(adaptation, blocks: blocks, targets: targets)
    adaptation.computeWeights { part, scope in
      guard chosen.contains(part) else { return nil }
      return HadamardWeight(
        down: scope.parameter("hira_a", [rank, part.inputs], .kaimingUniform, trainable: true),
        up: scope.parameter("hira_b", [part.outputs, rank], .zeros, trainable: true))
    }
  }
}

extension HiRA: PeftMethod {
  public func peft(_ adaptation: Adaptation) -> PeftExport {
    adaptation.peftExport("HIRA", ["r": .number(Double(rank)), "hira_dropout": .number(0)])
  }
}

private final class HadamardWeight: WeightUpdate, PeftWeight {
  var peftTensors: [String: Tensor] { ["hira_A": down.value, "hira_B": up.value] }

  private let down, up: Parameter

  init(down: Parameter, up: Parameter) {
    self.down = down
    self.up = up
  }

  func weight(from base: Tensor) -> Variable {
    Variable(base)
      + up.variable.multiplied(by: down.variable).multipliedElementwise(by: Variable(base))
  }
}
