import NN
import TensorCore

/// FacT-TK: low-rank updates of all linear layers whose outer factors are shared, and whose middle factors are mixtures
/// of the slices of one core (Tucker): 2 · width · rank + rank³ + 12 · blocks · rank parameters with an MLP of four times
/// the width.
public struct FacTTK: FineTuningMethod {
  public var rank = 32
  public var scale: Float = 1
  public var dropout: Float = 0.1

  public static let name = "fact-tk"
  public static let summary = "Trains low-rank updates with shared factors and core (Tucker)."
  public static let citation =
    "Jie & Deng, FacT: Factor-Tuning for Lightweight Adaptation on Vision Transformer, AAAI 2023"
  public static let options: [MethodOption<FacTTK>] = [
    MethodOption("rank", \.rank, 1...1024, "rank of the factors"),
    MethodOption("scale", \.scale, -100...100, "factor on the update"),
    MethodOption("dropout", \.dropout, 0...0.9, "dropout between the factors while training"),
  ]

  public init() {}

  public func adapt(_ adaptation: Adaptation) throws(MethodError) {
    for tower in adaptation.towers {
      var slices: [Range<Int>] = []
      for linear in tower.linears {
        let first = slices.last?.upperBound ?? 0
        slices.append(
          first..<first + (try FactorTuning.slices(of: linear, width: tower.width, method: Self.name)))
      }
      let scope = adaptation.scope(tower.path)
      let shared = FactorTuning(scope, width: tower.width, rank: rank, scale: scale, dropout: dropout)
      // Xavier's bound for a tensor of rank³ elements, as PyTorch reckons its fans: rank² each.
      let core = scope.parameter(
        "fact_core", [rank * rank, rank], .uniform(bound: Float(3).squareRoot() / Float(rank)),
        trainable: true)
      let mixture = scope.parameter(
        "fact_p", [slices.last?.upperBound ?? 0, rank], .xavierUniform, trainable: true)
      for (linear, range) in zip(tower.linears, slices) {
        let ins = linear.inputs / tower.width
        linear.update = shared.update(of: linear) { [rank] in
          // [slices, rank²]: a row is one slice Σ of the middle factor.
          let mixed = mixture.variable.rows(range).linear(weight: core.variable)
          guard ins > 1 else { return mixed.reshaped([range.count * rank, rank]) }
          return .assembled(
            [rank, ins * rank],
            (0..<ins).map { (mixed.rows($0..<$0 + 1).reshaped([rank, rank]), 0, $0 * rank) })
        }
      }
    }
  }
}
