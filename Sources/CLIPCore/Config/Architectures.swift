import NN
import TensorCore

/// Architectures by name: open_clip's plain vision transformers, and the embedded world's.
///
/// Names and extents are those of open_clip's model configurations. A name that ends in `-quickgelu` has QuickGELU, as
/// all of OpenAI's weights need; without it, the exact GELU, as most others do.
public enum Architectures {
  /// What comes before the name of an architecture where a model is expected: `arch:ViT-B-16`.
  public static let prefix = "arch:"

  public static let all: [(name: String, config: CLIPConfig)] =
    shapes.flatMap { shape in
      [(shape.name, shape.config(.gelu)), (shape.name + "-quickgelu", shape.config(.quickGELU))]
    } + [("world", world)]

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

  /// The architecture called `name`, without prefix; a slash is as good as a hyphen (`ViT-B/16`). Throws, listing those
  /// there are.
  public static func config(named name: String) throws(ModelError) -> CLIPConfig {
    let canonical = String(name.map { $0 == "/" || $0 == "@" ? "-" : $0 })
    guard let found = all.first(where: { $0.name == canonical }) else {
      throw .unknownArchitecture(name, known: all.map(\.name))
    }
    return found.config
  }

  /// The extents of one architecture; of the text tower, what differs from 77 tokens of CLIP's vocabulary.
  private struct Shape {
    let name: String
    let image, patch, width, layers: Int
    var headWidth = 64
    /// Columns of the image tower's MLPs; four times the width unless given.
    var mlpWidth: Int?
    /// Width of the text tower, whose heads have 64 columns, and of the embeddings unless given.
    let textWidth: Int
    var textLayers = 12
    var embedding: Int?

    func config(_ activation: Activation) -> CLIPConfig {
      CLIPConfig(
        vision: VisionConfig(
          imageSize: image, patchSize: patch,
          transformer: TransformerConfig(
            width: width, layers: layers, heads: width / headWidth, mlpWidth: mlpWidth ?? 4 * width,
            activation: activation)),
        text: TextConfig(
          contextLength: 77, vocabularySize: 49408,
          transformer: TransformerConfig(
            width: textWidth, layers: textLayers, heads: textWidth / 64, mlpWidth: 4 * textWidth,
            activation: activation),
          pooling: .highestToken),
        embeddingWidth: embedding ?? textWidth)
    }
  }

  private static let shapes = [
    Shape(name: "ViT-S-32", image: 224, patch: 32, width: 384, layers: 12, textWidth: 384),
    Shape(name: "ViT-S-16", image: 224, patch: 16, width: 384, layers: 12, textWidth: 384),
    Shape(
      name: "ViT-S-32-alt", image: 224, patch: 32, width: 384, layers: 12, textWidth: 256, textLayers: 10),
    Shape(
      name: "ViT-S-16-alt", image: 224, patch: 16, width: 384, layers: 12, textWidth: 256, textLayers: 10),
    Shape(name: "ViT-M-32", image: 224, patch: 32, width: 512, layers: 12, textWidth: 512),
    Shape(name: "ViT-M-16", image: 224, patch: 16, width: 512, layers: 12, textWidth: 512),
    Shape(name: "ViT-M-32-alt", image: 224, patch: 32, width: 512, layers: 12, textWidth: 384),
    Shape(name: "ViT-B-32", image: 224, patch: 32, width: 768, layers: 12, textWidth: 512),
    Shape(name: "ViT-B-32-256", image: 256, patch: 32, width: 768, layers: 12, textWidth: 512),
    Shape(name: "ViT-B-32-plus-256", image: 256, patch: 32, width: 896, layers: 12, textWidth: 640),
    Shape(name: "ViT-B-16", image: 224, patch: 16, width: 768, layers: 12, textWidth: 512),
    Shape(name: "ViT-B-16-plus", image: 224, patch: 16, width: 896, layers: 12, textWidth: 640),
    Shape(name: "ViT-B-16-plus-240", image: 240, patch: 16, width: 896, layers: 12, textWidth: 640),
    Shape(name: "ViT-L-16", image: 224, patch: 16, width: 1024, layers: 24, textWidth: 768),
    Shape(name: "ViT-L-16-320", image: 320, patch: 16, width: 1024, layers: 24, textWidth: 768),
    Shape(name: "ViT-L-14", image: 224, patch: 14, width: 1024, layers: 24, textWidth: 768),
    Shape(name: "ViT-L-14-280", image: 280, patch: 14, width: 1024, layers: 24, textWidth: 768),
    Shape(name: "ViT-L-14-336", image: 336, patch: 14, width: 1024, layers: 24, textWidth: 768),
    Shape(
      name: "ViT-H-16", image: 224, patch: 16, width: 1280, layers: 32, headWidth: 80, textWidth: 1024,
      textLayers: 24),
    Shape(
      name: "ViT-H-14", image: 224, patch: 14, width: 1280, layers: 32, headWidth: 80, textWidth: 1024,
      textLayers: 24),
    Shape(
      name: "ViT-H-14-378", image: 378, patch: 14, width: 1280, layers: 32, headWidth: 80, textWidth: 1024,
      textLayers: 24),
    Shape(
      name: "ViT-g-14", image: 224, patch: 14, width: 1408, layers: 40, headWidth: 88, mlpWidth: 6144,
      textWidth: 1024, textLayers: 24),
    Shape(
      name: "ViT-bigG-14", image: 224, patch: 14, width: 1664, layers: 48, headWidth: 104, mlpWidth: 8192,
      textWidth: 1280, textLayers: 32),
    Shape(
      name: "ViT-e-14", image: 224, patch: 14, width: 1792, layers: 56, headWidth: 112, mlpWidth: 15360,
      textWidth: 1280, textLayers: 36),
  ]
}
