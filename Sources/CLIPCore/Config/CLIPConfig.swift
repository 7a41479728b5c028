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

  /// Throws unless every extent is positive, divides where it must, and is of a size that can be meant; errors name
  /// the keys of `config.json`, the form in which a configuration is stored.
  public func validate(in file: String) throws(ModelError) {
    func check(_ condition: Bool, _ problem: @autoclosure () -> String) throws(ModelError) {
      guard condition else { throw .badConfiguration(file: file, problem: problem()) }
    }
    func check(_ key: String, _ value: Int, in range: ClosedRange<Int>) throws(ModelError) {
      try check(
        range.contains(value), "\(key) is \(value), which is not in \(range.lowerBound)…\(range.upperBound)")
    }
    for (tower, t) in [("vision_config", vision.transformer), ("text_config", text.transformer)] {
      try check("\(tower).hidden_size", t.width, in: 1...16384)
      try check("\(tower).num_hidden_layers", t.layers, in: 1...256)
      try check("\(tower).num_attention_heads", t.heads, in: 1...t.width)
      try check(
        t.width % t.heads == 0,
        "\(tower).hidden_size \(t.width) is not a multiple of num_attention_heads \(t.heads)")
      try check("\(tower).intermediate_size", t.mlpWidth, in: 1...131_072)
      try check(
        t.layerNormEpsilon > 0 && t.layerNormEpsilon < 1,
        "\(tower).layer_norm_eps is \(t.layerNormEpsilon), which is not between 0 and 1")
    }
    try check("projection_dim", embeddingWidth, in: 1...16384)
    try check("vision_config.image_size", vision.imageSize, in: 1...4096)
    try check("vision_config.patch_size", vision.patchSize, in: 1...vision.imageSize)
    try check(
      vision.imageSize % vision.patchSize == 0,
      "vision_config.image_size \(vision.imageSize) is not a multiple of patch_size \(vision.patchSize)")
    try check("text_config.vocab_size", text.vocabularySize, in: 1...10_000_000)
    try check("text_config.max_position_embeddings", text.contextLength, in: 2...8192)
    if case .firstToken(let id) = text.pooling {
      try check("text_config.eos_token_id", id, in: 0...text.vocabularySize - 1)
    }
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

    /// In camel case, as all keys are that records turn into snake case.
    private enum CodingKeys: String, CodingKey {
      case firstToken
    }
    private static let highestName = "highest_token"

    /// `"highest_token"`, or the id under its key.
    public func encode(to encoder: any Encoder) throws {
      switch self {
      case .highestToken:
        var container = encoder.singleValueContainer()
        try container.encode(Self.highestName)
      case .firstToken(let id):
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .firstToken)
      }
    }

    public init(from decoder: any Decoder) throws {
      if let name = try? decoder.singleValueContainer().decode(String.self), name == Self.highestName {
        self = .highestToken
      } else {
        self = .firstToken(
          try decoder.container(keyedBy: CodingKeys.self).decode(Int.self, forKey: .firstToken))
      }
    }
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
