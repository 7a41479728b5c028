import NN
import TensorCore

/// A transformer block with every parameter random, so that no zero bias and no norm of ones hides a mistake.
struct RandomBlock {
  static let config = TransformerConfig(width: 12, layers: 3, heads: 3, mlpWidth: 28, activation: .quickGELU)
  static var width: Int { config.width }

  let store = ParameterStore()
  let block: TransformerBlock

  init(layer: Int = 2) {
    let scope = ParameterScope(store: store, source: Source())
    block = TransformerBlock(scope["block"], config: Self.config, layer: layer)
  }

  static func noise(_ shape: [Int], seed: UInt64, mean: Float = 0, deviation: Float = 1) -> Tensor {
    Initializer.normal(mean: mean, deviation: deviation).tensor(shape: shape, seed: seed)
  }

  private final class Source: ParameterSource {
    func tensor(path: String, shape: [Int], initializer: Initializer) -> Tensor {
      let mean: Float = path.contains("ln_") && path.hasSuffix("weight") ? 1 : 0
      return noise(shape, seed: SeededRandom.seed(3, named: path), mean: mean, deviation: 0.3)
    }
  }
}
