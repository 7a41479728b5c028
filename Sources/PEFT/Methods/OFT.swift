import NN
import TensorCore

/// OFT: the columns of a weight, in blocks, turned by trained rotations: W · diag(R₁, R₂, …)ᵀ with R by Cayley's map of a
/// skew-symmetric matrix.
public struct OFT: FineTuningMethod {
  public var block = 32
  public var targets = TargetList([.query, .key, .value])
  public var blocks = BlockList.all

  public static let name = "oft"
  public static let summary = "Trains rotations of the inputs of q, k and v."
  public static let citation =
    "Qiu et al., Controlling Text-to-Image Diffusion by Orthogonal Finetuning, NeurIPS 2023"
  public static let options: [MethodOption<OFT>] =
    [
      MethodOption("block", \.block, 2...256, "side of the rotations; it divides the inputs of every target")
    ] + MethodOption.parts(targets: \.targets, blocks: \.blocks)

  public static let training = MethodTraining(worldOptions: ["block": "8"])

  public init() {}

  public func adapt(_ adaptation: Adaptation) throws(MethodError) {
    let chosen = try ChosenParts(adaptation, blocks: blocks, targets: targets)
    let parts = adaptation.towers.flatMap(\.linears).flatMap(chosen.parts)
    if let unfit = parts.first(where: { !$0.inputs.isMultiple(of: block) }) {
      throw .unfit(
        "block=\(block) does not divide the \(unfit.inputs) inputs of \(unfit.path); give a divisor of it.")
    }
    adaptation.computeWeights { part, scope in
      guard chosen.contains(part) else { return nil }
      return RotatedWeight(
        scope.parameter(
          "oft_r", [part.inputs / block, block * (block - 1) / 2], .zeros, trainable: true), block: block)
    }
  }
}

extension OFT: PeftMethod {
  public func peft(_ adaptation: Adaptation) -> PeftExport {
    adaptation.peftExport(
      "OFT",
      [
        "oft_block_size": .number(Double(block)), "r": .number(0), "use_cayley_neumann": .flag(false),
        "bias": .text("none"), "coft": .flag(false), "block_share": .flag(false),
      ])
  }
}

private final class RotatedWeight: WeightUpdate, PeftWeight {
  var peftTensors: [String: Tensor] { ["oft_R.weight": skew.value] }

  private let skew: Parameter
  private let block: Int

  init(_ skew: Parameter, block: Int) {
    self.skew = skew
    self.block = block
  }

  func weight(from base: Tensor) -> Variable {
    skew.variable.cayleyRotations(size: block).rotating(base)
  }
}
