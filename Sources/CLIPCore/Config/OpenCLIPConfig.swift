import Checkpoint
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
    var normKwargs: Norm?
  }

  /// Options of the layer norms.
  struct Norm: Codable {
    var eps: Float?
  }

  struct Text: Codable {
    var contextLength: Int?
    var vocabSize: Int?
    var width: Int?
    var heads: Int?
    var layers: Int?
    var mlpRatio: Double?
    var normKwargs: Norm?
    var poolType: String?
    var eosId: Int?
  }

  struct Preprocess: Codable {
    var mean: [Float]?
    var std: [Float]?
    var interpolation: String?
    var resizeMode: String?
    var fillColor: Int?
    var size: Size?
  }

  /// One number, or height and width.
  enum Size: Codable {
    case square(Int)
    case sides([Int])

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let side = try? container.decode(Int.self) {
        self = .square(side)
      } else {
        self = .sides(try container.decode([Int].self))
      }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .square(let side): try container.encode(side)
      case .sides(let sides): try container.encode(sides)
      }
    }

    func isSquare(of side: Int) -> Bool {
      switch self {
      case .square(let own): own == side
      case .sides(let own): own == [side, side]
      }
    }
  }

  var modelCfg: Model
  var preprocessCfg: Preprocess?

  init(_ json: Data, file: String) throws(ModelError) {
    if let keys = try? JSONDecoder().decode([String: JSONValue].self, from: json),
      let problem = OpenCLIPKeys.problem(in: keys)
    {
      throw .badConfiguration(file: file, problem: problem)
    }
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
    var pooling: (type: String?, id: Int?) = (nil, nil)
    if case .firstToken(let id) = text.pooling { pooling = ("eos", id) }
    modelCfg = Model(
      embedDim: config.embeddingWidth,
      visionCfg: Vision(
        layers: vision.transformer.layers, width: vision.transformer.width, patchSize: vision.patchSize,
        imageSize: vision.imageSize, headWidth: vision.transformer.width / vision.transformer.heads,
        mlpRatio: Self.ratio(vision.transformer), normKwargs: Self.norm(vision.transformer)),
      textCfg: Text(
        contextLength: text.contextLength, vocabSize: text.vocabularySize, width: text.transformer.width,
        heads: text.transformer.heads, layers: text.transformer.layers,
        mlpRatio: Self.ratio(text.transformer),
        normKwargs: Self.norm(text.transformer), poolType: pooling.type, eosId: pooling.id),
      quickGelu: vision.transformer.activation == .quickGELU)
    preprocessCfg = Preprocess(
      mean: preprocessing.mean, std: preprocessing.std, interpolation: preprocessing.interpolation.rawValue,
      resizeMode: preprocessing.resizeMode.rawValue)
  }

  /// As open_clip computes the width from it, rounding down.
  private static func ratio(_ transformer: TransformerConfig) -> Double {
    let ratio = Double(transformer.mlpWidth) / Double(transformer.width)
    return Int(Double(transformer.width) * ratio) == transformer.mlpWidth ? ratio : ratio.nextUp
  }

  /// Nothing where it is what layer norms have anyway.
  private static func norm(_ transformer: TransformerConfig) -> Norm? {
    transformer.layerNormEpsilon == 1e-5 ? nil : Norm(eps: transformer.layerNormEpsilon)
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
    if let type = text.poolType, !["argmax", "eos"].contains(type) {
      throw .badConfiguration(
        file: file,
        problem:
          "text_cfg.pool_type \"\(type)\" makes it another architecture than this program has (plain ViT CLIPs)"
      )
    }
    let activation: Activation = modelCfg.quickGelu == true ? .quickGELU : .gelu
    let textWidth = text.width ?? 512
    var config = CLIPConfig(
      vision: VisionConfig(
        imageSize: vision.imageSize ?? 224, patchSize: vision.patchSize,
        transformer: TransformerConfig(
          width: vision.width, layers: vision.layers, heads: vision.width / max(1, vision.headWidth ?? 64),
          mlpWidth: Self.mlpWidth(vision.width, ratio: vision.mlpRatio), activation: activation)),
      text: TextConfig(
        contextLength: text.contextLength ?? 77, vocabularySize: text.vocabSize ?? 49408,
        transformer: TransformerConfig(
          width: textWidth, layers: text.layers ?? 12, heads: text.heads ?? 8,
          mlpWidth: Self.mlpWidth(textWidth, ratio: text.mlpRatio), activation: activation),
        pooling: text.poolType == "eos" ? .firstToken(text.eosId ?? 2) : .highestToken),
      embeddingWidth: modelCfg.embedDim)
    if let epsilon = vision.normKwargs?.eps { config.vision.transformer.layerNormEpsilon = epsilon }
    if let epsilon = text.normKwargs?.eps { config.text.transformer.layerNormEpsilon = epsilon }
    try config.validate(in: file)
    return config
  }

  /// What is beyond counting becomes a width that is refused.
  private static func mlpWidth(_ width: Int, ratio: Double?) -> Int {
    Int(exactly: (Double(width) * (ratio ?? 4)).rounded(.towardZero)) ?? 0
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
    if let fill = preprocessCfg?.fillColor, fill != 0, preprocessing.resizeMode == .longest {
      throw .badConfiguration(
        file: file,
        problem: "preprocess_cfg.fill_color is \(fill); images can only be filled up with black (0)")
    }
    let trained = modelCfg.visionCfg.imageSize ?? 224
    if let own = preprocessCfg?.size, !own.isSquare(of: trained) {
      throw .badConfiguration(
        file: file, problem: "preprocess_cfg.size is not the \(trained) pixels that the model takes")
    }
    if let problem = preprocessing.problem {
      throw .badConfiguration(file: file, problem: "preprocess_cfg: \(problem)")
    }
    return preprocessing
  }
}
