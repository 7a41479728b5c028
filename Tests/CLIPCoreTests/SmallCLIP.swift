import CLIPCore
import NN
import TensorCore
import Tokenizer

/// A CLIP small enough to compute anything twice, for any text.
enum SmallCLIP {
  /// Bytes only: every text has a token for each of its bytes.
  static func tokenizer() throws -> BPETokenizer { try BPETokenizer(merges: []) }

  static func config(pooling: TextConfig.Pooling = .highestToken) -> CLIPConfig {
    func transformer(_ width: Int, heads: Int) -> TransformerConfig {
      TransformerConfig(width: width, layers: 2, heads: heads, mlpWidth: 2 * width, activation: .quickGELU)
    }
    return CLIPConfig(
      vision: VisionConfig(imageSize: 8, patchSize: 4, transformer: transformer(16, heads: 2)),
      text: TextConfig(
        contextLength: 24, vocabularySize: 514, transformer: transformer(20, heads: 4), pooling: pooling),
      embeddingWidth: 12)
  }

  static func make(pooling: TextConfig.Pooling = .highestToken) -> CLIP {
    CLIP(config: config(pooling: pooling), source: RandomSource())
  }

  /// Every parameter random: no zero bias, no norm of ones.
  private final class RandomSource: ParameterSource {
    func tensor(path: String, shape: [Int], initializer: Initializer) -> Tensor {
      if path == "logit_scale" { return initializer.tensor(shape: shape, seed: 0) }
      return Initializer.normal(
        mean: path.contains("ln_") && path.hasSuffix("weight") ? 1 : 0, deviation: 0.25
      )
      .tensor(shape: shape, seed: SeededRandom.seed(4, named: path))
    }
  }
}
