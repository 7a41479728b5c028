import Foundation
import ImageCodec
import NN
import TensorCore

/// The contents of an `open_clip_config.json`; what is absent has open_clip's defaults.
struct OpenCLIPConfig: Decodable {
  struct Model: Decodable {
    var embedDim: Int
    var visionCfg: Vision
    var textCfg: Text
    var quickGelu: Bool?
  }

  struct Vision: Decodable {
    var layers: Int
    var width: Int
    var patchSize: Int
    var imageSize: Int?
    var headWidth: Int?
    var mlpRatio: Double?
    // What makes it another architecture than a plain vision transformer.
    var timmModelName: String?
    var lsInitValue: Double?
    var noLnPre: Bool?
    var attentionalPool: Bool?
    var poolType: String?
  }

  struct Text: Decodable {
    var contextLength: Int?
    var vocabSize: Int?
    var width: Int?
    var heads: Int?
    var layers: Int?
    var hfModelName: String?
    var hfTokenizerName: String?
    var poolType: String?
    var eosId: Int?
    var noCausalMask: Bool?
  }

  struct Preprocess: Decodable {
    var mean: [Float]?
    var std: [Float]?
    var interpolation: String?
    var resizeMode: String?
  }

  var modelCfg: Model
  var preprocessCfg: Preprocess?

  init(_ json: Data, file: String) throws(ModelError) {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    do {
      self = try decoder.decode(OpenCLIPConfig.self, from: json)
    } catch {
      throw .badConfiguration(
        file: file,
        problem:
          "it is no configuration of a vision transformer as open_clip writes it (embed_dim, vision_cfg with "
          + "layers, width, patch_size, and text_cfg are needed)")
    }
  }

  /// Throws for what is no plain vision transformer with CLIP's text tower.
  func config(file: String) throws(ModelError) -> CLIPConfig {
    let (vision, text) = (modelCfg.visionCfg, modelCfg.textCfg)
    let others: [(String, Bool)] = [
      ("timm_model_name", vision.timmModelName != nil), ("ls_init_value", vision.lsInitValue != nil),
      ("no_ln_pre", vision.noLnPre == true), ("attentional_pool", vision.attentionalPool == true),
      ("vision pool_type", vision.poolType.map { $0 != "tok" } ?? false),
      ("hf_model_name", text.hfModelName != nil), ("hf_tokenizer_name", text.hfTokenizerName != nil),
      ("no_causal_mask", text.noCausalMask == true),
      ("text pool_type", text.poolType.map { !["argmax", "eos"].contains($0) } ?? false),
    ]
    if let other = others.first(where: { $0.1 }) {
      throw .badConfiguration(
        file: file,
        problem: "\(other.0) makes it another architecture than this program has (plain ViT CLIPs)")
    }
    let activation: Activation = modelCfg.quickGelu == true ? .quickGELU : .gelu
    let textWidth = text.width ?? 512
    let config = CLIPConfig(
      vision: VisionConfig(
        imageSize: vision.imageSize ?? 224, patchSize: vision.patchSize,
        transformer: TransformerConfig(
          width: vision.width, layers: vision.layers, heads: vision.width / max(1, vision.headWidth ?? 64),
          mlpWidth: Int(Double(vision.width) * (vision.mlpRatio ?? 4)), activation: activation)),
      text: TextConfig(
        contextLength: text.contextLength ?? 77, vocabularySize: text.vocabSize ?? 49408,
        transformer: TransformerConfig(
          width: textWidth, layers: text.layers ?? 12, heads: text.heads ?? 8, mlpWidth: 4 * textWidth,
          activation: activation),
        pooling: text.poolType == "eos" ? .firstToken(text.eosId ?? 2) : .highestToken),
      embeddingWidth: modelCfg.embedDim)
    try config.validate(in: file)
    return config
  }

  func preprocessing(size: Int) -> Preprocessing {
    var preprocessing = Preprocessing.clip(size: size)
    if let mean = preprocessCfg?.mean, mean.count == 3 { preprocessing.mean = mean }
    if let std = preprocessCfg?.std, std.count == 3 { preprocessing.std = std }
    if let mode = preprocessCfg?.resizeMode.flatMap(Preprocessing.ResizeMode.init) {
      preprocessing.resizeMode = mode
    }
    if let name = preprocessCfg?.interpolation.flatMap(Preprocessing.Interpolation.init) {
      preprocessing.interpolation = name
    }
    return preprocessing
  }
}
