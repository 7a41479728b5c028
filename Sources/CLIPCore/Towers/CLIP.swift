import Foundation
import NN
import TensorCore

/// A CLIP: an image tower, a text tower, and the scale of their similarities.
public final class CLIP {
  public let config: CLIPConfig
  public let store: ParameterStore
  public let vision: VisionTransformer
  public let text: TextTransformer
  /// Logarithm of the factor on cosine similarities; a scalar.
  public let logitScale: Parameter

  /// Builds the model; `source` supplies every parameter by its canonical name.
  public init(config: CLIPConfig, source: any ParameterSource) {
    self.config = config
    store = ParameterStore()
    let root = ParameterScope(store: store, source: source)
    vision = VisionTransformer(root["visual"], config: config.vision, embeddingWidth: config.embeddingWidth)
    text = TextTransformer(root, config: config.text, embeddingWidth: config.embeddingWidth)
    logitScale = Self.logitScale(root)
  }

  static func logitScale(_ root: ParameterScope) -> Parameter {
    root.parameter("logit_scale", [], .constant(log(1 / 0.07)))
  }

  /// A model with seeded random weights.
  public convenience init(config: CLIPConfig, seed: UInt64) {
    self.init(config: config, source: SeededSource(seed: seed))
  }

  /// images: [batch, 3, size, size], normalised → [batch, embedding width], projected, not L2-normalised.
  public func encodeImages(_ images: Tensor, _ context: ForwardContext = .inference) -> Variable {
    vision(images, context)
  }

  /// tokens: `i32` [texts, context] → [texts, embedding width], projected, not L2-normalised.
  public func encodeTexts(
    _ tokens: Tensor, _ context: ForwardContext = .inference
  ) throws(ModelError) -> Variable {
    try text(tokens, context)
  }

  /// The factor on cosine similarities.
  public var similarityScale: Float { exp(logitScale.value.item) }
}
