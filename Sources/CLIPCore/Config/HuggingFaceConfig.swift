import Checkpoint
import Foundation
import NN
import TensorCore

/// Reads and writes `config.json` of transformers' CLIPModel.
extension CLIPConfig {
  /// What a key missing from `config.json` stands for: transformers writes only what differs from the defaults of
  /// its `CLIPTextConfig` and `CLIPVisionConfig`, so these values are part of the format.
  static let transformersDefaults = CLIPConfig(
    vision: VisionConfig(
      imageSize: 224, patchSize: 32,
      transformer: TransformerConfig(
        width: 768, layers: 12, heads: 12, mlpWidth: 3072, activation: .quickGELU)),
    text: TextConfig(
      contextLength: 77, vocabularySize: 49408,
      transformer: TransformerConfig(
        width: 512, layers: 12, heads: 8, mlpWidth: 2048, activation: .quickGELU),
      pooling: .firstToken(49407)),
    embeddingWidth: 512)

  /// Throws a `ModelError` naming the key that cannot be used.
  public init(huggingFace data: Data, file: String) throws(ModelError) {
    let root: HuggingFaceConfig
    let keys: [String: JSONValue]
    do {
      root = try JSONDecoder().decode(HuggingFaceConfig.self, from: data)
      keys = try JSONDecoder().decode([String: JSONValue].self, from: data)
    } catch {
      throw .badConfiguration(
        file: file, problem: (error as? DecodingError)?.summary ?? "it is not valid JSON")
    }
    if let type = root.modelType, type != "clip" {
      throw .badConfiguration(file: file, problem: "model_type is \"\(type)\"; only \"clip\" can be read")
    }
    if let problem = HuggingFaceKeys.problem(in: keys) {
      throw .badConfiguration(file: file, problem: problem)
    }
    let defaults = Self.transformersDefaults
    let (vision, text) = (root.vision, root.text)
    if let channels = vision.channels, channels != 3 {
      throw .badConfiguration(
        file: file, problem: "vision_config.num_channels is \(channels); only 3 can be read")
    }
    let vocabulary = text.vocabularySize ?? defaults.text.vocabularySize
    self.init(
      vision: VisionConfig(
        imageSize: vision.imageSize ?? defaults.vision.imageSize,
        patchSize: vision.patchSize ?? defaults.vision.patchSize,
        transformer: try vision.transformer(defaults.vision.transformer, key: "vision_config", file: file)),
      text: TextConfig(
        contextLength: text.contextLength ?? defaults.text.contextLength, vocabularySize: vocabulary,
        transformer: try text.transformer(defaults.text.transformer, key: "text_config", file: file),
        pooling: Self.pooling(endToken: text.endToken, vocabulary: vocabulary)),
      embeddingWidth: root.embeddingWidth ?? defaults.embeddingWidth)
    try validate(in: file)
  }

  /// Why a `config.json` is not that of a CLIP; nil if it is one.
  static func foreignness(of data: Data) -> String? {
    guard let keys = try? JSONDecoder().decode([String: JSONValue].self, from: data) else {
      // Damaged: the reader says where.
      return nil
    }
    if let type = keys["model_type"]?.text { return type == "clip" ? nil : "its model_type is \"\(type)\"" }
    if case .list(let classes)? = keys["architectures"], classes.contains(.text("CLIPModel")) { return nil }
    if let name = keys["architecture"]?.text { return "it is of timm's \"\(name)\"" }
    if let name = keys["_class_name"]?.text { return "it is of diffusers' \"\(name)\"" }
    return "it has no model_type"
  }

  private static func pooling(endToken: Int?, vocabulary: Int) -> TextConfig.Pooling {
    switch endToken {
    // An end token of 2 marks old files, whose pooling is at the highest id (transformers#24650).
    case 2: .highestToken
    case let id?: .firstToken(id)
    // The default is the last token of CLIP's own vocabulary and means nothing in another one.
    case nil:
      vocabulary == transformersDefaults.text.vocabularySize
        ? transformersDefaults.text.pooling : .highestToken
    }
  }

  /// The configuration as transformers reads it, every key written out.
  public func huggingFaceJSON() -> Data {
    var visionTower = HuggingFaceConfig.Tower(
      vision.transformer, type: "clip_vision_model", projection: embeddingWidth)
    visionTower.imageSize = vision.imageSize
    visionTower.patchSize = vision.patchSize
    visionTower.channels = 3
    var textTower = HuggingFaceConfig.Tower(
      text.transformer, type: "clip_text_model", projection: embeddingWidth)
    textTower.vocabularySize = text.vocabularySize
    textTower.contextLength = text.contextLength
    textTower.endToken =
      switch text.pooling {
      case .highestToken: 2
      case .firstToken(let id): id
      }
    let root = HuggingFaceConfig(embeddingWidth: embeddingWidth, text: textTower, vision: visionTower)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    // A value type of strings and finite numbers always encodes.
    return (try? encoder.encode(root)) ?? Data()
  }
}

/// The keys of the file that matter here; nil where the file says nothing.
private struct HuggingFaceConfig: Codable {
  struct Tower: Codable {
    var modelType: String?
    var width: Int?
    var mlpWidth: Int?
    var layers: Int?
    var heads: Int?
    var activation: String?
    var epsilon: Float?
    var embeddingWidth: Int?
    var imageSize: Int?
    var patchSize: Int?
    var channels: Int?
    var vocabularySize: Int?
    var contextLength: Int?
    var endToken: Int?

    enum CodingKeys: String, CodingKey {
      case modelType = "model_type"
      case width = "hidden_size"
      case mlpWidth = "intermediate_size"
      case layers = "num_hidden_layers"
      case heads = "num_attention_heads"
      case activation = "hidden_act"
      case epsilon = "layer_norm_eps"
      case embeddingWidth = "projection_dim"
      case imageSize = "image_size"
      case patchSize = "patch_size"
      case channels = "num_channels"
      case vocabularySize = "vocab_size"
      case contextLength = "max_position_embeddings"
      case endToken = "eos_token_id"
    }

    /// A tower that leaves everything to the defaults.
    init() {}

    init(_ transformer: TransformerConfig, type: String, projection: Int) {
      modelType = type
      width = transformer.width
      mlpWidth = transformer.mlpWidth
      layers = transformer.layers
      heads = transformer.heads
      activation = transformer.activation.rawValue
      epsilon = transformer.layerNormEpsilon
      embeddingWidth = projection
    }

    init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      width = try values.valueIfPresent(.width)
      mlpWidth = try values.valueIfPresent(.mlpWidth)
      layers = try values.valueIfPresent(.layers)
      heads = try values.valueIfPresent(.heads)
      activation = try values.valueIfPresent(.activation)
      epsilon = try values.valueIfPresent(.epsilon)
      imageSize = try values.valueIfPresent(.imageSize)
      patchSize = try values.valueIfPresent(.patchSize)
      channels = try values.valueIfPresent(.channels)
      vocabularySize = try values.valueIfPresent(.vocabularySize)
      contextLength = try values.valueIfPresent(.contextLength)
      endToken = try values.valueIfPresent(.endToken)
    }

    /// `key` is this tower's place in the file, for errors.
    func transformer(
      _ defaults: TransformerConfig, key: String, file: String
    ) throws(ModelError) -> TransformerConfig {
      var result = defaults
      result.width = width ?? defaults.width
      result.layers = layers ?? defaults.layers
      result.heads = heads ?? defaults.heads
      result.mlpWidth = mlpWidth ?? defaults.mlpWidth
      result.layerNormEpsilon = epsilon ?? defaults.layerNormEpsilon
      guard let name = activation else { return result }
      guard let kind = Activation(rawValue: name), kind != .identity else {
        throw .badConfiguration(
          file: file, problem: "\(key).hidden_act is \"\(name)\"; only quick_gelu, gelu and relu can be read")
      }
      result.activation = kind
      return result
    }
  }

  var architectures = ["CLIPModel"]
  var modelType: String? = "clip"
  var logitScaleStart: Float = 2.6592
  var embeddingWidth: Int?
  var text: Tower
  var vision: Tower

  enum CodingKeys: String, CodingKey {
    case architectures
    case modelType = "model_type"
    case logitScaleStart = "logit_scale_init_value"
    case embeddingWidth = "projection_dim"
    case text = "text_config"
    case vision = "vision_config"
  }

  /// Keys of files written before 2023; transformers lets what they hold replace the tower's own key.
  private enum OldKeys: String, CodingKey {
    case text = "text_config_dict"
    case vision = "vision_config_dict"
  }

  init(embeddingWidth: Int, text: Tower, vision: Tower) {
    self.embeddingWidth = embeddingWidth
    self.text = text
    self.vision = vision
  }

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    let old = try decoder.container(keyedBy: OldKeys.self)
    modelType = try values.valueIfPresent(.modelType)
    embeddingWidth = try values.valueIfPresent(.embeddingWidth)
    func tower(_ key: CodingKeys, _ oldKey: OldKeys) throws -> Tower {
      try old.decodeIfPresent(Tower.self, forKey: oldKey) ?? values.decodeIfPresent(Tower.self, forKey: key)
        ?? Tower()
    }
    text = try tower(.text, .text)
    vision = try tower(.vision, .vision)
  }
}

extension KeyedDecodingContainer {
  /// The value of a key, nil where the key is absent; unlike `decodeIfPresent`, a null is an error.
  fileprivate func valueIfPresent<Value: Decodable>(_ key: Key) throws -> Value? {
    guard contains(key) else { return nil }
    do {
      return try decode(Value.self, forKey: key)
    } catch let error as DecodingError {
      throw error
    } catch {
      // A number that does not fit its type: the decoder's own error does not say where.
      throw DecodingError.dataCorruptedError(forKey: key, in: self, debugDescription: "\(error)")
    }
  }
}

extension DecodingError {
  /// Where and what, in a few words.
  fileprivate var summary: String {
    let (path, problem) =
      switch self {
      case .keyNotFound(let key, let context): (context.codingPath + [key], "is missing")
      case .typeMismatch(_, let context), .valueNotFound(_, let context):
        (context.codingPath, "has the wrong type")
      case .dataCorrupted(let context): (context.codingPath, "is not a number that can be used")
      @unknown default: ([], "")
      }
    let key = path.map(\.stringValue).joined(separator: ".")
    return key.isEmpty
      ? "it is not a JSON object; put back the model's own file, or fetch it again" : "\(key) \(problem)"
  }
}
