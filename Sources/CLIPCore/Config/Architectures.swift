import NN
import TensorCore

/// Architectures by name: those of OpenAI's released models, and the embedded world's.
public enum Architectures {
  /// What comes before the name of an architecture where a model is expected: `arch:ViT-B-16`.
  public static let prefix = "arch:"

  public static let all: [(name: String, config: CLIPConfig)] = [
    ("ViT-B-32", openAI(patch: 32, width: 768, layers: 12, textWidth: 512)),
    ("ViT-B-16", openAI(patch: 16, width: 768, layers: 12, textWidth: 512)),
    ("ViT-L-14", openAI(patch: 14, width: 1024, layers: 24, textWidth: 768)),
    ("ViT-L-14-336", openAI(patch: 14, width: 1024, layers: 24, textWidth: 768, imageSize: 336)),
    ("world", world),
  ]

  /// The small CLIP of the embedded world: about 1.1 million parameters.
  public static let world = CLIPConfig(
    vision: VisionConfig(
      imageSize: 32, patchSize: 4,
      transformer: TransformerConfig(width: 128, layers: 4, heads: 4, mlpWidth: 512, activation: .quickGELU)),
    text: TextConfig(
      contextLength: 12, vocabularySize: 1000,
      transformer: TransformerConfig(width: 96, layers: 2, heads: 4, mlpWidth: 384, activation: .quickGELU),
      pooling: .highestToken),
    embeddingWidth: 96)

  /// The architecture called `name`, without prefix. Throws, listing those there are.
  public static func config(named name: String) throws(ModelError) -> CLIPConfig {
    guard let found = all.first(where: { $0.name == name }) else {
      throw .unknownArchitecture(name, known: all.map(\.name))
    }
    return found.config
  }

  /// What OpenAI's models share: heads of 64 columns, MLPs four times as wide, QuickGELU, one vocabulary; both towers
  /// project to the text tower's width.
  private static func openAI(
    patch: Int, width: Int, layers: Int, textWidth: Int, imageSize: Int = 224
  ) -> CLIPConfig {
    func transformer(_ width: Int, _ layers: Int) -> TransformerConfig {
      TransformerConfig(
        width: width, layers: layers, heads: width / 64, mlpWidth: 4 * width, activation: .quickGELU)
    }
    return CLIPConfig(
      vision: VisionConfig(imageSize: imageSize, patchSize: patch, transformer: transformer(width, layers)),
      text: TextConfig(
        contextLength: 77, vocabularySize: 49408, transformer: transformer(textWidth, 12),
        pooling: .highestToken),
      embeddingWidth: textWidth)
  }
}
