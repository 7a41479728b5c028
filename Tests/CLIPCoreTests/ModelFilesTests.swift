import CLIPCore
import Checkpoint
import Foundation
import NN
import SampleFiles
import TensorCore
import TestSupport
import Testing

/// A model is found and understood in the forms in which people have it, or refused with what to do.
@Suite("Models as files")
struct ModelFilesTests {
  private let folder: TemporaryFolder
  /// One head of 64 columns in each tower, as OpenAI's loader assumes.
  private static let config: CLIPConfig = {
    func transformer(_ layers: Int) -> TransformerConfig {
      TransformerConfig(width: 64, layers: layers, heads: 1, mlpWidth: 96, activation: .quickGELU)
    }
    return CLIPConfig(
      vision: VisionConfig(imageSize: 24, patchSize: 8, transformer: transformer(3)),
      text: TextConfig(
        contextLength: 10, vocabularySize: 600, transformer: transformer(2), pooling: .highestToken),
      embeddingWidth: 16)
  }()
  private let clip = CLIP(config: Self.config, seed: 4)

  init() throws { folder = try TemporaryFolder() }

  private func write(_ state: StateDict, to name: String) throws -> URL {
    try SafetensorsFile.write(state, to: folder.file(name))
    return folder.file(name)
  }

  private func expectSame(_ read: CLIP, tolerance: Float = 0) {
    let images = Initializer.normal(deviation: 1).tensor(shape: [2, 3, 24, 24], seed: 1)
    #expect(read.config == Self.config)
    expectClose(read.encodeImages(images).value, clip.encodeImages(images).value, absolute: tolerance)
  }

  @Test("OpenAI's own weights tell their architecture, whatever wrapper they are in")
  func openAI() throws {
    var state = try clip.store.state().renamed { "module." + $0 }
    for name in ["input_resolution", "context_length", "vocab_size"] { state[name] = Tensor(scalar: 1) }
    expectSame(try PretrainedModel.clip(in: write(state, to: "ViT.safetensors")))
  }

  @Test("Weights of unknown origin are refused without an architecture, and read with one")
  func unknownOrigin() throws {
    let file = try write(clip.store.state(), to: "weights.safetensors")
    let error = #expect(throws: ModelError.self) { try PretrainedModel.clip(in: file) }
    #expect(error?.description.contains("--arch") == true)
    expectSame(try PretrainedModel.clip(in: file, config: Self.config))
  }

  @Test("A TorchScript archive is OpenAI's only if it says so: another's asks for its architecture")
  func torchScript() throws {
    func write(_ state: StateDict, to name: String) throws -> URL {
      let file = folder.file(name)
      try PyTorchFile.write(state, to: file)
      let archive = try Data(contentsOf: file)
      try ZipWriter.appending("archive/constants.pkl", Data("\u{80}\u{2}).".utf8), to: archive).write(
        to: file)
      #expect(try TensorFormats.open(file).metadata["container"] == "TorchScript")
      return file
    }
    let state = clip.store.state()
    let other = try write(state, to: "other.pt")
    let error = #expect(throws: ModelError.self) { try PretrainedModel.clip(in: other) }
    #expect(error?.description.contains("--arch") == true, "\(error?.description ?? "")")
    expectSame(try PretrainedModel.clip(in: other, config: Self.config))
    var openAI = state
    for name in ["input_resolution", "context_length", "vocab_size"] { openAI[name] = Tensor(scalar: 1) }
    expectSame(try PretrainedModel.clip(in: write(openAI, to: "openai.pt")))
  }

  @Test("open_clip's configuration beside the weights is obeyed")
  func openCLIPFolder() throws {
    func config(_ extra: String = "") -> String {
      """
      {"model_cfg": {"embed_dim": 16, "quick_gelu": true,
        "vision_cfg": {"image_size": 24, "layers": 3, "width": 64, "patch_size": 8, "mlp_ratio": 1.5\(extra)},
        "text_cfg": {"context_length": 10, "vocab_size": 600, "width": 64, "heads": 1, "layers": 2}},
       "preprocess_cfg": {"mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25], "resize_mode": "squash"}}
      """
    }
    var state = clip.store.state()
    // The text tower's MLP is four times as wide here, as it is there.
    for layer in 0..<2 {
      let path = "transformer.resblocks.\(layer).mlp."
      state[path + "c_fc.weight"] = Tensor(zeros: [256, 64])
      state[path + "c_fc.bias"] = Tensor(zeros: [256])
      state[path + "c_proj.weight"] = Tensor(zeros: [64, 256])
    }
    _ = try write(state, to: "open_clip_model.safetensors")
    try folder.write(config(), to: "open_clip_config.json")
    let read = try PretrainedModel.clip(in: folder.url)
    #expect(read.config.vision == Self.config.vision && read.config.text.transformer.mlpWidth == 256)
    let preprocessing = try ModelFiles(folder.url).preprocessing()
    #expect(preprocessing.mean == [0.5, 0.5, 0.5] && preprocessing.resizeMode == .squash)
    let copy = folder.file("copy")
    try StoredModel(folder.url).write(.openCLIP, to: copy, environment: [:])
    #expect(try PretrainedModel.clip(in: copy).config == read.config)
    #expect(try ModelFiles(copy).preprocessing() == preprocessing)

    for other in [#","timm_model_name":"x""#, #","no_ln_pre":true"#, #","pool_type":"avg""#] {
      try folder.write(config(other), to: "open_clip_config.json")
      let error = #expect(throws: ModelError.self) { try PretrainedModel.clip(in: folder.url) }
      #expect(error?.description.contains("another architecture") == true)
    }
  }

  @Test(
    "Numbers of open_clip's configuration that can not be meant are refused",
    arguments: [
      (#""mlp_ratio": 1e308"#, #""std": [1, 1, 1]"#), (#""mlp_ratio": -1"#, #""std": [1, 1, 1]"#),
      (#""head_width": 0"#, #""std": [1, 0, 1]"#), (#""head_width": 64"#, #""std": [1, 1]"#),
    ])
  func openCLIPNumbers(vision: String, preprocessing: String) throws {
    try folder.write(
      """
      {"model_cfg": {"embed_dim": 16, "vision_cfg": {"image_size": 24, "layers": 3, "width": 64, "patch_size": 8, \(vision)},
        "text_cfg": {"width": 64, "heads": 1}}, "preprocess_cfg": {\(preprocessing)}}
      """, to: "open_clip_config.json")
    let error = #expect(throws: ModelError.self) { try ModelFiles(folder.url).preprocessing() }
    #expect(error?.description.contains("open_clip_config.json") == true)
  }

  @Test("Text widths beyond counting are refused")
  func textWidth() throws {
    try folder.write(
      """
      {"model_cfg": {"embed_dim": 16, "vision_cfg": {"layers": 3, "width": 64, "patch_size": 8},
        "text_cfg": {"width": 4611686018427387904}}}
      """, to: "open_clip_config.json")
    #expect(throws: ModelError.self) { try ModelFiles(folder.url).config() }
  }

  @Test(
    "Weights in a folder may be compressed by Zstandard",
    arguments: ["model.safetensors", "pytorch_model.bin"])
  func compressed(name: String) throws {
    try clip.config.huggingFaceJSON().write(to: folder.file("config.json"))
    let plain = folder.file("plain")
    try name.hasSuffix(".bin")
      ? PyTorchFile.write(clip.store.state(), to: plain)
      : SafetensorsFile.write(clip.store.state(), to: plain)
    try folder.write(ZstandardFrames.compressing(Data(contentsOf: plain)), to: name + ".zst")
    expectSame(try PretrainedModel.clip(in: folder.url))
    expectSame(try PretrainedModel.clip(in: folder.file(name + ".zst")))
  }

  @Test("Weights in half precision are widened; the head of a fine-tuned classifier is left out")
  func halves() throws {
    var state = try clip.store.state().mapValues { $0.converted(to: .bf16) }.renamed {
      "image_encoder.model." + $0
    }
    state["classification_head.weight"] = Tensor(zeros: [3, 16])
    let file = try write(state, to: "half.safetensors")
    expectSame(try PretrainedModel.clip(in: file, config: Self.config), tolerance: 0.05)
  }

  @Test("The vocabulary is looked for, and what was looked for is said")
  func vocabulary() throws {
    let file = try write(clip.store.state(), to: "weights.safetensors")
    let error = #expect(throws: ModelError.self) {
      try ModelFiles(file).tokenizer(environment: ["HOME": folder.url.path])
    }
    #expect(error?.description.contains("$CLIPFT_TOKENIZER") == true)
  }

  @Test("Every architecture of the table divides as it must")
  func architectures() throws {
    #expect(Set(Architectures.all.map(\.name)).count == Architectures.all.count)
    for (name, config) in Architectures.all { try config.validate(in: name) }
    #expect(try Architectures.config(named: "ViT-B/32").vision.transformer.activation == .gelu)
    #expect(try Architectures.config(named: "ViT-L/14@336-quickgelu").vision.patches == 576)
  }

  @Test(
    "Other architectures are refused by their name",
    arguments: [
      ("visual.attnpool.positional_embedding", "ResNet"), ("visual.trunk.pos_embed", "timm"),
      ("text.transformer.embeddings.word_embeddings.weight", "multilingual"),
    ])
  func foreign(tensor: String, name: String) throws {
    let state: StateDict = [tensor: Tensor(zeros: [2]), "visual.proj": Tensor(zeros: [2])]
    let file = try write(state, to: "foreign.safetensors")
    let error = #expect(throws: ModelError.self) { try PretrainedModel.clip(in: file) }
    #expect(error?.description.contains(name) == true)
  }

  @Test(
    "A way of resizing that is not known is refused, not guessed",
    arguments: ["resize_mode", "interpolation"])
  func unknownPreprocessing(key: String) throws {
    let text = """
      {"model_cfg": {"embed_dim": 16, "vision_cfg": {"layers": 3, "width": 64, "patch_size": 8}, "text_cfg": {}},
       "preprocess_cfg": {"\(key)": "nearest"}}
      """
    try folder.write(text, to: "open_clip_config.json")
    let error = #expect(throws: ModelError.self) { try ModelFiles(folder.url).preprocessing() }
    #expect(error?.description.contains(key) == true)
  }

  @Test("An architecture that contradicts a folder's configuration is refused")
  func contradiction() throws {
    let model = folder.file("model")
    try ModelLayout.huggingFace.write(
      ModelLayout.Parts(
        state: clip.store.state(), config: Self.config, preprocessing: .clip(size: 24), tokenizer: nil),
      to: model)
    expectSame(try PretrainedModel.clip(in: model, config: Self.config))
    var other = Self.config
    other.vision.transformer.activation = .gelu
    let error = #expect(throws: ModelError.self) { try PretrainedModel.clip(in: model, config: other) }
    #expect(error?.description.contains("--arch") == true)
    #expect(throws: ModelError.self) { try StoredModel(model, config: other) }
  }

  @Test("A pickled model's causal mask is no parameter")
  func mask() throws {
    var state = try clip.store.state().renamed { $0 }
    state["attn_mask"] = Tensor(zeros: [10, 10])
    expectSame(try PretrainedModel.clip(in: write(state, to: "masked.safetensors"), config: Self.config))
  }
}
