import CLIPCore
import Checkpoint
import Foundation
import NN
import TensorCore
import TestSupport
import Testing

@Suite("config.json of transformers' CLIPModel")
struct ConfigTests {
  private func read(_ json: String) throws -> CLIPConfig {
    try CLIPConfig(huggingFace: Data(json.utf8), file: "config.json")
  }

  /// A configuration that is the defaults but for the given text.
  private func text(_ keys: String) throws -> CLIPConfig { try read(#"{"text_config": {\#(keys)}}"#) }
  private func vision(_ keys: String) throws -> CLIPConfig { try read(#"{"vision_config": {\#(keys)}}"#) }

  private func expectRefused(
    _ json: String, naming key: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    do {
      _ = try read(json)
      Issue.record("accepted: \(json.prefix(120))", sourceLocation: sourceLocation)
    } catch let error as ModelError {
      #expect(error.description.hasPrefix("config.json: "), sourceLocation: sourceLocation)
      #expect(
        error.description.contains(key), "\(error.description) does not name \(key)",
        sourceLocation: sourceLocation)
      #expect(error.kind == .badData, sourceLocation: sourceLocation)
    } catch {
      Issue.record("another error: \(error)", sourceLocation: sourceLocation)
    }
  }

  // MARK: What a missing key means

  @Test("An empty file is ViT-B/32, as transformers' defaults are")
  func defaults() throws {
    let expected = CLIPConfig(
      vision: VisionConfig(
        imageSize: 224, patchSize: 32,
        transformer: TransformerConfig(
          width: 768, layers: 12, heads: 12, mlpWidth: 3072, activation: .quickGELU, layerNormEpsilon: 1e-5)),
      text: TextConfig(
        contextLength: 77, vocabularySize: 49408,
        transformer: TransformerConfig(
          width: 512, layers: 12, heads: 8, mlpWidth: 2048, activation: .quickGELU, layerNormEpsilon: 1e-5),
        pooling: .firstToken(49407)),
      embeddingWidth: 512)
    #expect(try read("{}") == expected)
    #expect(try read(#"{"text_config": {}, "vision_config": {}, "model_type": "clip"}"#) == expected)
    #expect(try read(#"{"text_config": null, "vision_config": null}"#) == expected)
  }

  @Test("A key that is there replaces its default and no other")
  func oneKey() throws {
    var expected = try read("{}")
    expected.vision.patchSize = 16
    #expect(try vision(#""patch_size": 16"#) == expected)
    expected = try read("{}")
    expected.text.transformer.activation = .gelu
    #expect(try text(#""hidden_act": "gelu""#) == expected)
    expected = try read("{}")
    expected.embeddingWidth = 640
    #expect(try read(#"{"projection_dim": 640}"#) == expected)
  }

  @Test("Keys that say nothing about the architecture are passed over")
  func unknownKeys() throws {
    let json =
      #"{"torch_dtype": "float16", "text_config": {"id2label": {"0": "a"}, "top_k": 50, "prefix": null}}"#
    #expect(try read(json) == read("{}"))
  }

  @Test("A tower under the key of old files replaces the one under the new key")
  func oldKeys() throws {
    let json = #"{"vision_config": {"patch_size": 16}, "vision_config_dict": {"patch_size": 14}}"#
    #expect(try read(json).vision.patchSize == 14)
    #expect(
      try read(#"{"vision_config": {"patch_size": 16}, "vision_config_dict": null}"#).vision.patchSize == 16)
  }

  @Test("A text is pooled at its end token, as the file and its vocabulary say")
  func pooling() throws {
    #expect(try text(#""eos_token_id": 49407"#).text.pooling == .firstToken(49407))
    #expect(
      try text(#""eos_token_id": 2"#).text.pooling == .highestToken, "files older than transformers#24773")
    #expect(try text(#""vocab_size": 49408"#).text.pooling == .firstToken(49407))
    #expect(try text(#""vocab_size": 600"#).text.pooling == .highestToken)
    #expect(try text(#""vocab_size": 600, "eos_token_id": 7"#).text.pooling == .firstToken(7))
  }

  // MARK: Writing

  private static let configurations: [CLIPConfig] = {
    func config(_ activation: Activation, _ pooling: TextConfig.Pooling, epsilon: Float) -> CLIPConfig {
      CLIPConfig(
        vision: VisionConfig(
          imageSize: 48, patchSize: 8,
          transformer: TransformerConfig(
            width: 40, layers: 3, heads: 5, mlpWidth: 90, activation: activation, layerNormEpsilon: epsilon)),
        text: TextConfig(
          contextLength: 16, vocabularySize: 300,
          transformer: TransformerConfig(width: 24, layers: 2, heads: 3, mlpWidth: 50, activation: .gelu),
          pooling: pooling),
        embeddingWidth: 28)
    }
    return [
      config(.quickGELU, .highestToken, epsilon: 1e-5), config(.gelu, .firstToken(299), epsilon: 1e-6),
      config(.relu, .firstToken(0), epsilon: 0.1),
    ]
  }()

  @Test("What is written reads back equal", arguments: configurations)
  func roundTrip(config: CLIPConfig) throws {
    #expect(try CLIPConfig(huggingFace: config.huggingFaceJSON(), file: "config.json") == config)
  }

  @Test("What is written says everything itself, so that no reader needs the defaults")
  func writtenKeys() throws {
    let json = try JSONSerialization.jsonObject(with: read("{}").huggingFaceJSON())
    let root = try #require(json as? [String: Any])
    let towers = [
      "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "hidden_act",
    ]
    let vision = try #require(root["vision_config"] as? [String: Any])
    let text = try #require(root["text_config"] as? [String: Any])
    #expect(root["model_type"] as? String == "clip")
    #expect(root["architectures"] as? [String] == ["CLIPModel"])
    #expect(
      Set(towers + ["image_size", "patch_size", "num_channels", "layer_norm_eps"]).isSubset(of: vision.keys))
    #expect(
      Set(towers + ["vocab_size", "max_position_embeddings", "eos_token_id", "layer_norm_eps"])
        .isSubset(of: text.keys))
    #expect(vision["model_type"] as? String == "clip_vision_model")
    #expect(text["model_type"] as? String == "clip_text_model")
  }

  // MARK: Hostile files

  @Test(
    "A value that cannot be used is refused by the name of its key",
    arguments: [
      ("hidden_size", "0"), ("hidden_size", "-768"), ("hidden_size", "1e9"), ("hidden_size", "1e300"),
      ("hidden_size", "99999999999999999999"), ("hidden_size", "7.5"), ("hidden_size", #""768""#),
      ("hidden_size", "null"), ("hidden_size", "[768]"), ("hidden_size", "{}"), ("hidden_size", "true"),
      ("hidden_size", "9223372036854775807"), ("num_hidden_layers", "0"), ("num_hidden_layers", "1000000"),
      ("num_attention_heads", "0"), ("num_attention_heads", "-12"), ("num_attention_heads", "7"),
      ("num_attention_heads", "1000000"), ("intermediate_size", "0"), ("intermediate_size", "-1"),
      ("intermediate_size", "9e15"), ("layer_norm_eps", "0"), ("layer_norm_eps", "-1e-5"),
      ("layer_norm_eps", "1e39"),
      ("layer_norm_eps", "1e-99"), ("layer_norm_eps", #""small""#), ("hidden_act", #""swish""#),
      ("hidden_act", #""identity""#), ("hidden_act", "3"), ("hidden_act", #""""#),
    ])
  func badTowerValue(key: String, value: String) {
    for tower in ["vision_config", "text_config"] {
      expectRefused(#"{"\#(tower)": {"\#(key)": \#(value)}}"#, naming: tower)
      expectRefused(#"{"\#(tower)": {"\#(key)": \#(value)}}"#, naming: key)
    }
  }

  @Test(
    "So is one that only one tower has",
    arguments: [
      ("vision_config", "image_size", "0"), ("vision_config", "image_size", "225"),
      ("vision_config", "image_size", "1e12"), ("vision_config", "image_size", "[224, 224]"),
      ("vision_config", "patch_size", "0"), ("vision_config", "patch_size", "-32"),
      ("vision_config", "patch_size", "9223372036854775807"), ("vision_config", "num_channels", "4"),
      ("text_config", "vocab_size", "0"), ("text_config", "vocab_size", "1e18"),
      ("text_config", "max_position_embeddings", "1"), ("text_config", "max_position_embeddings", "1e9"),
      ("text_config", "eos_token_id", "-1"), ("text_config", "eos_token_id", "49408"),
      ("text_config", "eos_token_id", "4294967296"), ("text_config", "eos_token_id", "[49407]"),
    ])
  func badOneTowerValue(tower: String, key: String, value: String) {
    expectRefused(#"{"\#(tower)": {"\#(key)": \#(value)}}"#, naming: tower)
    expectRefused(#"{"\#(tower)": {"\#(key)": \#(value)}}"#, naming: key)
  }

  @Test("So is one at the root")
  func badRootValue() {
    expectRefused(#"{"projection_dim": 0}"#, naming: "projection_dim")
    expectRefused(#"{"projection_dim": "512"}"#, naming: "projection_dim")
    expectRefused(#"{"model_type": "siglip"}"#, naming: "model_type")
    expectRefused(#"{"model_type": 1}"#, naming: "model_type")
    expectRefused(#"{"text_config": 7}"#, naming: "text_config")
    expectRefused(#"{"vision_config": "ViT-B/32"}"#, naming: "vision_config")
  }

  @Test(
    "What is not a JSON object is refused",
    arguments: [
      "", "{", "null", "[]", "7", "\"clip\"", #"{"projection_dim": NaN}"#, #"{"projection_dim": Infinity}"#,
      "\u{0}\u{1}\u{2}", "{\"a\": \"\\ud800\"}}",
    ])
  func notAnObject(json: String) { expectRefused(json, naming: "JSON") }

  @Test("Nesting of any depth is refused, not a crash")
  func deepNesting() {
    let depth = 200_000
    expectRefused(String(repeating: "[", count: depth), naming: "JSON")
    expectRefused(String(repeating: #"{"text_config":"#, count: depth), naming: "JSON")
    let balanced = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    expectRefused(#"{"text_config": {"hidden_size": \#(balanced)}}"#, naming: "JSON")
  }

  @Test("Bytes that are not text are refused")
  func notText() {
    #expect(throws: ModelError.self) {
      try CLIPConfig(huggingFace: Data([0xFF, 0xFE, 0xC0, 0x80]), file: "config.json")
    }
  }

  @Test("A configuration that claims more than its weights hold costs no memory before it is refused")
  func hugeClaim() throws {
    let tower =
      #""hidden_size": 16384, "num_attention_heads": 1, "intermediate_size": 131072, "num_hidden_layers": 256"#
    let config = try read(
      #"{"vision_config": {\#(tower)}, "text_config": {\#(tower), "vocab_size": 10000000}}"#)
    let source = StateDictSource(["logit_scale": Tensor(scalar: 1)], file: "model.safetensors")
    let before = StoragePool.shared.statistics.peak
    let clip = CLIP(config: config, source: source)
    #expect(StoragePool.shared.statistics.peak - before < 1 << 26)
    let error = #expect(throws: ModelError.self) { try source.finish() }
    guard case .mismatchedWeights(_, let missing, _, _) = error else {
      Issue.record("another error: \(String(describing: error))")
      return
    }
    #expect(missing.count == clip.store.parameters.count - 1)
  }
}
