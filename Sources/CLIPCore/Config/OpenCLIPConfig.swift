import Foundation
import ImageCodec
import NN
import TensorCore

/// The contents of an `open_clip_config.json`; what is absent has open_clip's defaults.
struct OpenCLIPConfig: Codable {
  struct Model: Codable {
    var embedDim: Int
    var visionCfg: Vision
    var textCfg: Text
    var quickGelu: Bool?
  }

  struct Vision: Codable {
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

  struct Text: Codable {
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

  struct Preprocess: Codable {
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

  /// The description of an architecture and its preprocessing.
  init(_ config: CLIPConfig, _ preprocessing: Preprocessing) throws(ModelError) {
    let (vision, text) = (config.vision, config.text)
    // open_clip has no key for these.
    guard text.transformer.mlpWidth == 4 * text.transformer.width, vision.transformer.layerNormEpsilon == 1e-5
    else {
      throw .badConfiguration(
        file: "open_clip_config.json",
        problem: "open_clip has no place for this architecture's MLP width or norm epsilon")
    }
    var pooling: (type: String?, id: Int?) = (nil, nil)
    if case .firstToken(let id) = text.pooling { pooling = ("eos", id) }
    modelCfg = Model(
      embedDim: config.embeddingWidth,
      visionCfg: Vision(
        layers: vision.transformer.layers, width: vision.transformer.width, patchSize: vision.patchSize,
        imageSize: vision.imageSize, headWidth: vision.transformer.width / vision.transformer.heads,
        mlpRatio: Double(vision.transformer.mlpWidth) / Double(vision.transformer.width)),
      textCfg: Text(
        contextLength: text.contextLength, vocabSize: text.vocabularySize, width: text.transformer.width,
        heads: text.transformer.heads, layers: text.transformer.layers, poolType: pooling.type,
        eosId: pooling.id),
      quickGelu: vision.transformer.activation == .quickGELU)
    preprocessCfg = Preprocess(
      mean: preprocessing.mean, std: preprocessing.std, interpolation: preprocessing.interpolation.rawValue,
      resizeMode: preprocessing.resizeMode.rawValue)
  }

  func json() -> Data {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    // A value type of strings and finite numbers always encodes.
    return (try? encoder.encode(self)) ?? Data()
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
    // What is beyond counting becomes a width that is refused below.
    let mlpWidth = Int(exactly: (Double(vision.width) * (vision.mlpRatio ?? 4)).rounded(.towardZero)) ?? 0
    let config = CLIPConfig(
      vision: VisionConfig(
        imageSize: vision.imageSize ?? 224, patchSize: vision.patchSize,
        transformer: TransformerConfig(
          width: vision.width, layers: vision.layers, heads: vision.width / max(1, vision.headWidth ?? 64),
          mlpWidth: mlpWidth, activation: activation)),
      text: TextConfig(
        contextLength: text.contextLength ?? 77, vocabularySize: text.vocabSize ?? 49408,
        transformer: TransformerConfig(
          width: textWidth, layers: text.layers ?? 12, heads: text.heads ?? 8, mlpWidth: 4 &* textWidth,
          activation: activation),
        pooling: text.poolType == "eos" ? .firstToken(text.eosId ?? 2) : .highestToken),
      embeddingWidth: modelCfg.embedDim)
    try config.validate(in: file)
    return config
  }

  /// Throws for a way of resizing that is not known, and where the numbers to normalise by are none.
  func preprocessing(size: Int, file: String) throws(ModelError) -> Preprocessing {
    var preprocessing = Preprocessing.clip(size: size)
    if let mean = preprocessCfg?.mean { preprocessing.mean = mean }
    if let std = preprocessCfg?.std { preprocessing.std = std }
    if let name = preprocessCfg?.resizeMode {
      guard let mode = Preprocessing.ResizeMode(rawValue: name) else {
        throw .badConfiguration(
          file: file, problem: "preprocess_cfg.resize_mode is '\(name)', which is not known")
      }
      preprocessing.resizeMode = mode
    }
    // Trained with either filter at random, a model is evaluated with the bicubic one.
    if let name = preprocessCfg?.interpolation, name != "random" {
      guard let filter = Preprocessing.Interpolation(rawValue: name) else {
        throw .badConfiguration(
          file: file, problem: "preprocess_cfg.interpolation is '\(name)', which is not known")
      }
      preprocessing.interpolation = filter
    }
    if let problem = preprocessing.problem {
      throw .badConfiguration(file: file, problem: "preprocess_cfg: \(problem)")
    }
    return preprocessing
  }
}
