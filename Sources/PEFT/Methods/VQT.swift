import NN
import TensorCore

/// VQT: learned query tokens that read every block and change nothing in it; the class token's feature is combined with
/// what they read.
///
/// Each feature is L2-normalised, and one weight for each of them sums them up: blocks · tokens + 1 weights, as in the
/// study.
public struct VQT: FineTuningMethod {
  /// How the weights of the sum start.
  public enum Start: String, OptionChoice {
    /// 1 for the class token and 0 for the queries: the model begins unchanged.
    case unchanged
    /// 1 for all, as in the study's code.
    case ones
  }

  public var tokens = 10
  public var start = Start.unchanged

  public static let name = "vqt"
  public static let summary = "Trains query tokens that read every block, and the sum of what they read."
  public static let citation =
    "Tu et al., Visual Query Tuning: Towards Effective Usage of Intermediate Representations for Parameter and "
    + "Memory Efficient Transfer Learning, CVPR 2023"
  public static let options: [MethodOption<VQT>] = [
    MethodOption("tokens", \.tokens, 1...1000, "how many a block"),
    MethodOption("start", \.start, "weights that the features start with"),
  ]

  public init() {}

  public func adapt(_ adaptation: Adaptation) throws(MethodError) {
    for tower in try adaptation.promptableTowers(for: Self.name) {
      for block in 0..<tower.depth {
        tower.prompts[block] = LearnedTokens(
          adaptation.scope("\(tower.path).queries.\(block)"), count: tokens, tower: tower, dropout: 0,
          use: .query)
      }
      let features = 1 + tower.depth * tokens
      let weights = adaptation.scope("\(tower.path).readout").parameter(
        "weight", [features], start == .ones ? .ones : .zeros, trainable: true)
      if start == .unchanged { weights.value.mutableFloats[0] = 1 }
      tower.readout = WeightedFeatures(weights: weights)
    }
  }
}

/// Σ wᵢ · fᵢ / ‖fᵢ‖, the class token's feature first.
private final class WeightedFeatures: Readout {
  private let weights: Parameter

  init(weights: Parameter) { self.weights = weights }

  func apply(to pooled: Variable, queries: [Variable], context: ForwardContext) -> Variable {
    let (batch, width) = (pooled.shape[0], pooled.shape[1])
    var sum = pooled.l2Normalized().weighted(by: weights.variable.rows(0..<1))
    var next = 1
    for block in queries {
      for token in 0..<block.shape[1] {
        let feature = block.tokens(token..<token + 1).reshaped([batch, width]).l2Normalized()
        sum = sum + feature.weighted(by: weights.variable.rows(next..<next + 1))
        next += 1
      }
    }
    return sum
  }
}

extension Variable {
  /// x times one trained number [1].
  fileprivate func weighted(by factor: Variable) -> Variable {
    reshaped([value.count, 1]).scaleShifted(gamma: factor, beta: nil).reshaped(shape)
  }
}
