import NN
import TensorCore

/// (IA)³: learned factors on keys, values and the MLP's inner activations, which start at 1.
public struct IA3: FineTuningMethod {
  public var blocks = BlockList.all

  public static let name = "ia3"
  public static let summary = "Trains factors on keys, values and the MLP's inner activations."
  public static let citation =
    "Liu et al., Few-Shot Parameter-Efficient Fine-Tuning is Better and Cheaper than In-Context Learning, NeurIPS "
    + "2022"
  public static let options: [MethodOption<IA3>] = [
    MethodOption("blocks", \.blocks, "blocks that get them")
  ]

  public init() {}

  public func adapt(_ adaptation: Adaptation) throws(MethodError) {
    let chosen = try ChosenBlocks(adaptation, blocks)
    adaptation.insert { site, scope in
      guard chosen.contains(site) else { return nil }
      switch site.point {
      case .qkv:
        let width = site.width / 3
        let untouched = Variable(Tensor([Float](repeating: 1, count: width), shape: [width]))
        let key = scope.parameter("ia3_k", [width], .ones, trainable: true)
        let value = scope.parameter("ia3_v", [width], .ones, trainable: true)
        return LearnedFactors(
          ScaleShift(scale: { .concatenated([untouched, key.variable, value.variable]) }),
          of: [(.key, key), (.value, value)])
      case .hidden:
        let factors = scope.parameter("ia3_mlp", [site.width], .ones, trainable: true)
        return LearnedFactors(ScaleShift(scale: factors, direction: .forward), of: [(.fc2, factors)])
      default: return nil
      }
    }
  }
}

extension IA3: PeftMethod {
  public func peft(_ adaptation: Adaptation) -> PeftExport {
    var export = PeftExport("IA3", ["feedforward_modules": .list(["fc2"])])
    for site in adaptation.towers.flatMap(\.sites) {
      for (target, factors) in (site.insertion as? LearnedFactors)?.factors ?? [] {
        // Of a layer's outputs a column, of its inputs a row.
        let shape = target == .fc2 ? [1, factors.count] : [factors.count, 1]
        export.add(
          PeftNames.name(of: target, block: site.block, tower: site.tower),
          ["ia3_l": factors.value.reshaped(shape)])
      }
    }
    return export
  }
}

/// A scale that knows which linear maps its factors belong to.
private final class LearnedFactors: FoldableInsertion {
  let factors: [(target: LinearTarget, values: Parameter)]
  private let scale: ScaleShift

  init(_ scale: ScaleShift, of factors: [(LinearTarget, Parameter)]) {
    self.scale = scale
    self.factors = factors.map { (target: $0.0, values: $0.1) }
  }

  var direction: FoldDirection { scale.direction }

  func apply(to h: Variable, branch: BranchInputs?, context: ForwardContext) -> Variable {
    scale.apply(to: h, branch: branch, context: context)
  }

  func folded(weight: Tensor, bias: Tensor?) -> (weight: Tensor, bias: Tensor?) {
    scale.folded(weight: weight, bias: bias)
  }
}
