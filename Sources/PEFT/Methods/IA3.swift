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
        let untouched = Tensor([Float](repeating: 1, count: width), shape: [width])
        let key = scope.parameter("ia3_k", [width], .ones, trainable: true)
        let value = scope.parameter("ia3_v", [width], .ones, trainable: true)
        return ScaleShift(scale: { .concatenated([Variable(untouched), key.variable, value.variable]) })
      case .hidden:
        return ScaleShift(
          scale: scope.parameter("ia3_mlp", [site.width], .ones, trainable: true), direction: .forward)
      default: return nil
      }
    }
  }
}
