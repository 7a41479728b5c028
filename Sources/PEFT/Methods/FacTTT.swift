import NN
import TensorCore

/// FacT-TT: low-rank updates of all linear layers whose outer factors are shared, with a middle factor a layer
/// (tensor train): 2 · width · rank + 12 · rank² · blocks parameters with an MLP of four times the width.
public struct FacTTT: FineTuningMethod {
  public var rank = 16
  public var scale: Float = 1
  public var dropout: Float = 0.1

  public static let name = "fact-tt"
  public static let summary = "Trains low-rank updates with shared factors (tensor train)."
  public static let citation =
    "Jie & Deng, FacT: Factor-Tuning for Lightweight Adaptation on Vision Transformer, AAAI 2023"
  public static let options: [MethodOption<FacTTT>] = [
    MethodOption("rank", \.rank, 1...4096, "rank of the factors"),
    MethodOption("scale", \.scale, -100...100, "factor on the update"),
    MethodOption("dropout", \.dropout, 0...0.9, "dropout between the factors while training"),
  ]

  public init() {}

  public func adapt(_ adaptation: Adaptation) throws(MethodError) {
    for tower in adaptation.towers {
      for linear in tower.linears {
        _ = try FactorTuning.slices(of: linear, width: tower.width, method: Self.name)
      }
      let shared = FactorTuning(
        adaptation.scope(tower.path), width: tower.width, rank: rank, scale: scale, dropout: dropout)
      for linear in tower.linears {
        let middle = adaptation.scope(linear.path).parameter(
          "fact_core", [linear.outputs / tower.width * rank, linear.inputs / tower.width * rank],
          .kaimingUniform, trainable: true)
        linear.update = shared.update(of: linear) { middle.variable }
      }
    }
  }
}
