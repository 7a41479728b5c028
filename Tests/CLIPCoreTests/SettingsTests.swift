import CLIPCore
import Checkpoint
import Foundation
import ImageCodec
import NN
import TensorCore
import TestSupport
import Testing
import Tokenizer

/// Every settings file that the model's own library reads decides; what is not understood in it is an error.
@Suite("Settings beside the weights")
struct SettingsTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try SmallModel.clip.config.huggingFaceJSON().write(to: folder.file("config.json"))
  }

  private static let nested = """
    {"processor_class": "CLIPProcessor", "image_processor": {"size": {"shortest_edge": 16},
      "crop_size": {"height": 16, "width": 16}, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.25, 0.25, 0.25]}}
    """

  @Test("processor_config.json is read, before preprocessor_config.json, as transformers does")
  func processor() throws {
    try folder.write(Self.nested, to: "processor_config.json")
    #expect(try ModelFiles(folder.url).preprocessing().mean == [0.5, 0.5, 0.5])
    try Preprocessing.clip(size: 16).huggingFaceJSON().write(to: folder.file("preprocessor_config.json"))
    #expect(try ModelFiles(folder.url).preprocessing().mean == [0.5, 0.5, 0.5])
    // Of older versions, it says nothing about images.
    try folder.write(#"{"processor_class": "CLIPProcessor"}"#, to: "processor_config.json")
    #expect(try ModelFiles(folder.url).preprocessing() == .clip(size: 16))
  }

  @Test(
    "What is not understood in a processor's file is refused, and named",
    arguments: [
      (#"{"image_processor": {"crop_pct": 0.9}}"#, "image_processor.crop_pct"),
      (#"{"image_processor": {"do_pad": true}}"#, "image_processor.do_pad"),
      (#"{"new_step": {"a": 1}}"#, "new_step"), (#"{"image_processor": 3}"#, "image_processor"),
      (#"{"image_processor": {"image_processor_type": "ViTImageProcessor"}}"#, "ViTImageProcessor"),
      (#"{"image_processor": {"size": {"shortest_edge": 16, "longest_edge": 32}}}"#, "size"),
    ])
  func processorKeys(json: String, words: String) throws {
    try folder.write(json, to: "processor_config.json")
    let error = #expect(throws: ImageError.self) { try ModelFiles(folder.url).preprocessing() }
    #expect(error?.description.contains("processor_config.json") == true)
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
  }

  @Test("What changes no pixel is passed over, and so is what is off")
  func harmless() throws {
    let json =
      #"{"image_processor": {"size": 16, "crop_size": 16, "do_pad": false, "device": null, "new": null}}"#
    try folder.write(json, to: "processor_config.json")
    #expect(try ModelFiles(folder.url).preprocessing() == .clip(size: 16))
  }

  // MARK: transformers' config.json

  private func config(_ extra: String, tower: String = "") -> String {
    #"{"model_type": "clip", "text_config": {\#(tower)}\#(extra)}"#
  }

  @Test(
    "A key of config.json that is not understood is refused by its name",
    arguments: [
      (#", "rope_theta": 3"#, "", "rope_theta"), ("", #""use_rope": true"#, "text_config.use_rope"),
      (#", "quantization_config": {"bits": 4}"#, "", "quantization_config"),
      (#", "auto_map": {"AutoModel": "m.M"}"#, "", "auto_map"), ("", #""is_decoder": true"#, "is_decoder"),
      ("", #""add_cross_attention": true"#, "add_cross_attention"),
      (#", "vision_config": {"use_head": true}"#, "", "vision_config.use_head"),
    ])
  func configKeys(extra: String, tower: String, words: String) throws {
    try folder.write(config(extra, tower: tower), to: "config.json")
    let error = #expect(throws: ModelError.self) { try ModelFiles(folder.url).config() }
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
  }

  @Test("Keys that transformers writes for every model, and those without a value, are passed over")
  func harmlessConfigKeys() throws {
    let extra =
      #", "transformers_version": "4.40", "torch_dtype": "float16", "id2label": {"0": "a"}, "use_cache": true, "new": {}"#
    try folder.write(
      config(extra, tower: #""attention_dropout": 0.1, "is_decoder": false"#), to: "config.json")
    #expect(try ModelFiles(folder.url).config().vision.patchSize == 32)
  }

  // MARK: open_clip's configuration

  private func openCLIP(vision: String = "", text: String = "", model: String = "", preprocess: String = "")
    throws
  {
    try FileManager.default.removeItem(at: folder.file("config.json"))
    try folder.write(
      """
      {"model_cfg": {"embed_dim": 16\(model), "vision_cfg": {"image_size": 16, "layers": 1, "width": 64, "patch_size": 8\(vision)},
        "text_cfg": {"context_length": 8, "vocab_size": 60, "width": 64, "heads": 1, "layers": 1\(text)}},
       "preprocess_cfg": {\(preprocess)}}
      """, to: "open_clip_config.json")
  }

  @Test("The epsilon of norms and the width of the text tower's MLP are obeyed, and written")
  func obeyed() throws {
    try openCLIP(
      vision: #", "norm_kwargs": {"eps": 1e-6}"#, text: #", "norm_kwargs": {"eps": 1e-3}, "mlp_ratio": 1.5"#)
    let config = try ModelFiles(folder.url).config()
    #expect(config.vision.transformer.layerNormEpsilon == 1e-6)
    #expect(config.text.transformer.layerNormEpsilon == 1e-3 && config.text.transformer.mlpWidth == 96)
    let copy = try TemporaryFolder()
    try ModelLayout.openCLIP.write(
      ModelLayout.Parts(
        state: CLIP(config: config, seed: 1).store.state(), config: config, preprocessing: .clip(size: 16),
        tokenizer: nil), to: copy.url)
    #expect(try PretrainedModel.clip(in: copy.url).config == config)
  }

  @Test(
    "A key that changes what is computed is refused by its name",
    arguments: [
      (#", "act_kwargs": {"approximate": "tanh"}"#, "", "", "", "act_kwargs"),
      (#", "norm_kwargs": {"elementwise_affine": false}"#, "", "", "", "norm_kwargs.elementwise_affine"),
      (#", "ls_init_value": 0.1"#, "", "", "", "ls_init_value"),
      (#", "pool_type": "avg""#, "", "", "", "pool_type"),
      (#", "pos_embed_type": "sin_cos_2d""#, "", "", "", "pos_embed_type"),
      (#", "qk_norm": true"#, "", "", "", "qk_norm"),
      ("", #", "no_causal_mask": true"#, "", "", "no_causal_mask"),
      ("", #", "embed_cls": true"#, "", "", "embed_cls"),
      ("", #", "text_mask": "first""#, "", "", "text_mask"),
      ("", #", "proj_bias": true"#, "", "", "proj_bias"),
      ("", #", "pool_type": "last""#, "", "", "pool_type"),
      ("", #", "tokenizer_kwargs": {"clean": "canonicalize"}"#, "", "", "tokenizer_kwargs"),
      ("", "", #", "init_logit_bias": -10"#, "", "init_logit_bias"),
      ("", "", #", "multimodal_cfg": {"width": 3}"#, "", "multimodal_cfg"),
      ("", "", #", "new_key": 1"#, "", "new_key"), ("", "", "", #""mode": "L""#, "mode"),
      ("", "", "", #""fill_color": 255, "resize_mode": "longest""#, "fill_color"),
      ("", "", "", #""size": 32"#, "size"),
      ("", "", "", #""crop": 3"#, "crop"),
    ])
  func refused(vision: String, text: String, model: String, preprocess: String, words: String) throws {
    try openCLIP(vision: vision, text: text, model: model, preprocess: preprocess)
    let error = #expect(throws: ModelError.self) { try ModelFiles(folder.url).preprocessing() }
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    #expect(error?.description.contains("open_clip_config.json") == true)
  }

  @Test("Keys whose values mean what is done anyway are passed over")
  func neutral() throws {
    try openCLIP(
      vision:
        #", "ls_init_value": null, "patch_dropout": 0.5, "pool_type": "tok", "act_kwargs": {}, "output_tokens": true"#,
      text:
        #", "embed_cls": false, "pad_id": 0, "pool_type": "argmax", "proj_type": "linear", "hf_proj_type": "mlp""#,
      model: #", "custom_text": true, "init_logit_scale": 4.6"#,
      preprocess: #""mode": "RGB", "size": [16, 16], "fill_color": 0, "interpolation": "bilinear""#)
    #expect(try ModelFiles(folder.url).preprocessing().interpolation == .bilinear)
  }

  // MARK: Tokenizers

  /// A model whose tokenizer has as many tokens as its text tower has embeddings.
  private func writeModel(pooling: TextConfig.Pooling) throws -> (place: URL, tokenizer: BPETokenizer) {
    let tokenizer = try BPETokenizer(merges: [("a", "b</w>")])
    var config = SmallModel.clip.config
    config.text.vocabularySize = tokenizer.vocabularySize
    config.text.pooling = pooling
    let place = folder.file("model")
    try PretrainedModel(
      clip: CLIP(config: config, seed: 1), tokenizer: tokenizer, preprocessing: .clip(size: 16), place: place
    ).save(to: place)
    return (place, tokenizer)
  }

  @Test("The hash of a model's weights is that of what was read, or an error")
  func weightsHash() throws {
    let (place, _) = try writeModel(pooling: .highestToken)
    let model = try PretrainedModel.load(place)
    let weights = PretrainedModel.weightsFile(in: place)
    #expect(try model.weightsSHA256() == ContentHash.sha256(of: weights))
    let other = CLIP(config: model.clip.config, seed: 2)
    try SafetensorsFile.write(HuggingFaceKeyMap.fromCanonical(other.store.state()), to: weights)
    let error = #expect(throws: CheckpointError.self) { try model.weightsSHA256() }
    #expect(error?.description.contains(weights.path) == true)
  }

  @Test("A token beyond the text tower's embeddings is refused, and named")
  func tokenBeyond() throws {
    let (place, tokenizer) = try writeModel(pooling: .highestToken)
    #expect(try PretrainedModel.load(place).tokenizer.addedTokens.isEmpty)
    try folder.write(#"{"<cat>": \#(tokenizer.vocabularySize)}"#, to: "model/added_tokens.json")
    let error = #expect(throws: ModelError.self) { try PretrainedModel.load(place) }
    #expect(error?.description.contains("'<cat>'") == true, "\(error?.description ?? "")")
  }

  @Test(
    "Activations that a layout cannot say are refused, by name",
    arguments: [ModelLayout.openCLIP, .openAI], ["out", "out.pt"])
  func unsayableActivation(layout: ModelLayout, name: String) throws {
    var config = SmallModel.clip.config
    let state = SmallModel.clip.store.state()
    func write(_ layout: ModelLayout) throws {
      try layout.write(
        .init(state: state, config: config, preprocessing: .clip(size: 16), tokenizer: nil),
        to: folder.file(name))
    }
    config.text.transformer.activation = config.vision.transformer.activation == .gelu ? .quickGELU : .gelu
    let two = #expect(throws: ModelError.self) { try write(layout) }
    #expect(
      two?.description.contains("quick_gelu") == true && two?.kind == .badData, "\(two?.description ?? "")")
    (config.vision.transformer.activation, config.text.transformer.activation) = (.relu, .relu)
    let one = #expect(throws: ModelError.self) { try write(layout) }
    #expect(one?.description.contains("relu") == true, "\(one?.description ?? "")")
    #expect(!FileManager.default.fileExists(atPath: folder.file(name).path))
    try write(.huggingFace)
    // OpenAI's code has QuickGELU always; open_clip is told of GELU.
    (config.vision.transformer.activation, config.text.transformer.activation) = (.gelu, .gelu)
    let notes = try layout.write(
      .init(state: state, config: config, preprocessing: .clip(size: 16), tokenizer: nil),
      to: folder.file("gelu-\(name)"))
    #expect(notes.count == (layout == .openAI ? 1 : 0))
  }

  @Test(
    "Whoever writes a model with added tokens for open_clip is told that its tokenizer does not know them")
  func addedTokensForOpenCLIP() throws {
    let (place, tokenizer) = try writeModel(pooling: .highestToken)
    #expect(try PretrainedModel.load(place).save(.openCLIP, to: folder.file("plain")).isEmpty)
    try folder.write(#"{"<cat>": \#(tokenizer.vocabularySize)}"#, to: "model/added_tokens.json")
    let model = try StoredModel(place)
    #expect(try model.write(.huggingFace, to: folder.file("hf"), environment: [:]).isEmpty)
    let notes = try model.write(.openCLIP, to: folder.file("oc"), environment: [:])
    #expect(notes.count == 1 && notes[0].contains("'<cat>'"), "\(notes)")
  }

  @Test("A text tower that reads texts at another token than its tokenizer ends them with is refused")
  func otherEndToken() throws {
    let (place, _) = try writeModel(pooling: .firstToken(7))
    let error = #expect(throws: ModelError.self) { try PretrainedModel.load(place) }
    #expect(error?.description.contains("eos_token_id") == true, "\(error?.description ?? "")")
  }

  @Test("Texts are cleaned as the library of the model does it, wherever the vocabulary is from")
  func cleaning() throws {
    let tokenizer = try BPETokenizer(merges: [("a", "b</w>")])
    try tokenizer.save(to: folder.url)
    // What transformers writes for this vocabulary.
    let (vocabulary, merges) = (
      try String(contentsOf: folder.file("vocab.json"), encoding: .utf8), #"["a b</w>"]"#
    )
    try folder.write(
      #"{"added_tokens": [], "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Lowercase"}]}, "#
        + #""pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": "#
        + #""'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+"}, "behavior": "Removed", "invert": true}, "#
        + #"{"type": "ByteLevel", "add_prefix_space": false}]}, "model": {"vocab": \#(vocabulary), "merges": \#(merges)}}"#,
      to: "tokenizer.json")
    let (repaired, kept) = (tokenizer.encode("<"), tokenizer.encode("&"))
    func first(_ environment: [String: String] = [:]) throws -> [Int] {
      Array(try ModelFiles(folder.url).tokenizer(environment: environment).encode("&lt;").prefix(1))
    }
    // A transformers model obeys tokenizer.json, in which no HTML is unescaped.
    try SmallModel.clip.config.huggingFaceJSON().write(to: folder.file("config.json"))
    try SafetensorsFile.write(SmallModel.clip.store.state(), to: folder.file("model.safetensors"))
    #expect(try first() == kept && kept != repaired)
    // open_clip's weights with its configuration are open_clip's, which unescapes.
    try openCLIP()
    try FileManager.default.moveItem(
      at: folder.file("model.safetensors"), to: folder.file("open_clip_model.safetensors"))
    #expect(try first() == repaired)
    // OpenAI's file, whose vocabulary is found elsewhere, has OpenAI's cleaning.
    let elsewhere = try TemporaryFolder()
    try SafetensorsFile.write(SmallModel.clip.store.state(), to: elsewhere.file("ViT.safetensors"))
    let alone = try ModelFiles(elsewhere.file("ViT.safetensors"))
      .tokenizer(environment: ["CLIPFT_TOKENIZER": folder.url.path])
    #expect(alone.encode("&lt;") == repaired)
  }

  @Test("A model for transformers says how long its texts may be, and keeps how they are cleaned")
  func written() throws {
    let (place, _) = try writeModel(pooling: .highestToken)
    let text = try String(contentsOf: place.appendingPathComponent("tokenizer_config.json"), encoding: .utf8)
    #expect(text.contains("\"model_max_length\" : \(SmallModel.clip.config.text.contextLength)"), "\(text)")
    // Once more to the same place, and in the other layout, where nobody reads it.
    let model = try PretrainedModel.load(place)
    try model.save(to: place)
    try model.save(.openCLIP, to: folder.file("other"))
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.file("other").path)
    #expect(!names.contains("tokenizer_config.json") && names.contains("merges.txt"))
  }

  @Test("A damaged vocabulary is an error where a model is converted, not left out")
  func damagedVocabulary() throws {
    try SafetensorsFile.write(SmallModel.clip.store.state(), to: folder.file("model.safetensors"))
    try folder.write("{", to: "tokenizer.json")
    #expect(throws: (any Error).self) {
      try StoredModel(folder.url).write(.huggingFace, to: folder.file("copy"), environment: [:])
    }
  }
}
