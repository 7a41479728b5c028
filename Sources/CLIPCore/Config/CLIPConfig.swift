import NN
import TensorCore

/// The architecture of a CLIP with vision-transformer and text-transformer towers.
public struct CLIPConfig: Sendable, Codable, Equatable {
  public var vision: VisionConfig
  public var text: TextConfig
  /// Width of the space both towers project to.
  public var embeddingWidth: Int

  public init(vision: VisionConfig, text: TextConfig, embeddingWidth: Int) {
    self.vision = vision
    self.text = text
    self.embeddingWidth = embeddingWidth
  }

  /// Throws unless every extent is positive, divides where it must, and is of a size that can be meant.
  public func validate(in file: String) throws(ModelError) {
    func check(_ condition: Bool, _ problem: @autoclosure () -> String) throws(ModelError) {
      guard condition else { throw .badConfiguration(file: file, problem: problem()) }
    }
    for (tower, t) in [("vision", vision.transformer), ("text", text.transformer)] {
      try check((1...16384).contains(t.width), "\(tower) width \(t.width) is not in 1…16384")
      try check((1...256).contains(t.layers), "\(tower) has \(t.layers) layers, not 1…256")
      try check(t.heads > 0 && t.width % t.heads == 0, "\(tower) width \(t.width) is not a multiple of \(t.heads) heads")
      try check((1...131_072).contains(t.mlpWidth), "\(tower) MLP width \(t.mlpWidth) is not in 1…131072")
      try check(t.layerNormEpsilon > 0, "\(tower) layer-norm epsilon is not positive")
    }
    try check((1...16384).contains(embeddingWidth), "projection width \(embeddingWidth) is not in 1…16384")
    try check((1...4096).contains(vision.imageSize), "image size \(vision.imageSize) is not in 1…4096")
    try check(
      vision.patchSize > 0 && vision.imageSize % vision.patchSize == 0,
      "image size \(vision.imageSize) is not a multiple of patch size \(vision.patchSize)")
    try check((1...10_000_000).contains(text.vocabularySize), "vocabulary size \(text.vocabularySize) is not in 1…10000000")
    try check((2...8192).contains(text.contextLength), "context length \(text.contextLength) is not in 2…8192")
  }
}

/// The image tower: square images cut into square patches, a class token first.
public struct VisionConfig: Sendable, Codable, Equatable {
  /// Side of the input in pixels.
  public var imageSize: Int
  public var patchSize: Int
  public var transformer: TransformerConfig

  public init(imageSize: Int, patchSize: Int, transformer: TransformerConfig) {
    self.imageSize = imageSize
    self.patchSize = patchSize
    self.transformer = transformer
  }

  public var patches: Int { (imageSize / patchSize) * (imageSize / patchSize) }
}

/// The text tower: causal, pooled at the end of the text.
public struct TextConfig: Sendable, Codable, Equatable {
  /// Which token's features stand for the text.
  public enum Pooling: Sendable, Codable, Equatable {
    /// The token with the highest id: the end token of CLIP's vocabulary.
    case highestToken
    /// The first token with this id.
    case firstToken(Int)
  }

  public var contextLength: Int
  public var vocabularySize: Int
  public var transformer: TransformerConfig
  public var pooling: Pooling

  public init(contextLength: Int, vocabularySize: Int, transformer: TransformerConfig, pooling: Pooling) {
    self.contextLength = contextLength
    self.vocabularySize = vocabularySize
    self.transformer = transformer
    self.pooling = pooling
  }
}
