import Foundation
import NN
import TensorCore

/// Reads and writes `config.json` of transformers' CLIPModel.
extension CLIPConfig {
  /// Throws a `ModelError` naming the key that is missing or cannot be used; the activation is never guessed.
  public init(huggingFace data: Data, file: String) throws(ModelError) {
    let root: HuggingFaceConfig
    do {
      root = try JSONDecoder().decode(HuggingFaceConfig.self, from: data)
    } catch let error as DecodingError {
      throw .badConfiguration(file: file, problem: error.summary)
    } catch {
      throw .badConfiguration(file: file, problem: "it is not JSON")
    }
    if let type = root.model_type, type != "clip" {
      throw .badConfiguration(file: file, problem: "model_type is \"\(type)\"; only \"clip\" can be read")
    }
    func transformer(_ tower: HuggingFaceConfig.Tower, _ key: String) throws(ModelError) -> TransformerConfig {
      guard let name = tower.hidden_act else {
        throw .badConfiguration(file: file, problem: "\(key).hidden_act is missing; set \"quick_gelu\" (OpenAI) or \"gelu\"")
      }
      guard let activation = Activation(rawValue: name) else {
        throw .badConfiguration(file: file, problem: "\(key).hidden_act \"\(name)\" is not quick_gelu, gelu or relu")
      }
      return TransformerConfig(
        width: tower.hidden_size, layers: tower.num_hidden_layers, heads: tower.num_attention_heads,
        mlpWidth: tower.intermediate_size, activation: activation, layerNormEpsilon: tower.layer_norm_eps ?? 1e-5)
    }
    guard let imageSize = root.vision_config.image_size, let patchSize = root.vision_config.patch_size else {
      throw .badConfiguration(file: file, problem: "vision_config lacks image_size or patch_size")
    }
    guard let vocabulary = root.text_config.vocab_size, let context = root.text_config.max_position_embeddings
    else {
      throw .badConfiguration(file: file, problem: "text_config lacks vocab_size or max_position_embeddings")
    }
    // transformers: an end-of-text id of 2 marks old files whose pooling is at the highest id (transformers#24650).
    let end = root.text_config.eos_token_id ?? 2
    self.init(
      vision: VisionConfig(
        imageSize: imageSize, patchSize: patchSize, transformer: try transformer(root.vision_config, "vision_config")),
      text: TextConfig(
        contextLength: context, vocabularySize: vocabulary,
        transformer: try transformer(root.text_config, "text_config"),
        pooling: end == 2 ? .highestToken : .firstToken(end)),
      embeddingWidth: root.projection_dim)
    try validate(in: file)
  }

  /// The configuration as transformers writes it. `logitScale` is the initial logarithm it would train from.
  public func huggingFaceJSON() -> Data {
    func tower(_ t: TransformerConfig) -> HuggingFaceConfig.Tower {
      HuggingFaceConfig.Tower(
        hidden_size: t.width, intermediate_size: t.mlpWidth, num_hidden_layers: t.layers,
        num_attention_heads: t.heads, hidden_act: t.activation.rawValue, layer_norm_eps: t.layerNormEpsilon,
        projection_dim: embeddingWidth)
    }
    var visionTower = tower(vision.transformer)
    visionTower.model_type = "clip_vision_model"
    visionTower.image_size = vision.imageSize
    visionTower.patch_size = vision.patchSize
    var textTower = tower(text.transformer)
    textTower.model_type = "clip_text_model"
    textTower.vocab_size = text.vocabularySize
    textTower.max_position_embeddings = text.contextLength
    textTower.eos_token_id =
      switch text.pooling {
      case .highestToken: 2
      case .firstToken(let id): id
      }
    let root = HuggingFaceConfig(
      architectures: ["CLIPModel"], model_type: "clip", projection_dim: embeddingWidth,
      logit_scale_init_value: 2.6592, text_config: textTower, vision_config: visionTower)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    // A value type of strings and numbers always encodes.
    return (try? encoder.encode(root)) ?? Data()
  }
}

/// The keys of the file that matter here, under their own names.
private struct HuggingFaceConfig: Codable {
  struct Tower: Codable {
    var hidden_size: Int
    var intermediate_size: Int
    var num_hidden_layers: Int
    var num_attention_heads: Int
    var hidden_act: String?
    var layer_norm_eps: Float?
    var projection_dim: Int?
    var model_type: String?
    var image_size: Int?
    var patch_size: Int?
    var vocab_size: Int?
    var max_position_embeddings: Int?
    var eos_token_id: Int?
  }

  var architectures: [String]?
  var model_type: String?
  var projection_dim: Int
  var logit_scale_init_value: Float?
  var text_config: Tower
  var vision_config: Tower
}

extension DecodingError {
  /// Where and what, in a few words.
  fileprivate var summary: String {
    func at(_ path: [any CodingKey]) -> String { path.map(\.stringValue).joined(separator: ".") }
    return switch self {
    case .keyNotFound(let key, let context): "\(at(context.codingPath + [key])) is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context): "\(at(context.codingPath)) has the wrong type"
    case .dataCorrupted: "it is not valid JSON"
    @unknown default: "it cannot be decoded"
    }
  }
}
