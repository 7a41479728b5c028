import CLIPCore
import Checkpoint
import Foundation
import NN
import TensorCore
import TestSupport
import Testing

/// Folders as other libraries write and fetch them are read, or what is in them is named with what to do.
@Suite("Folders that peers load")
struct ModelFolderTests {
  private let folder: TemporaryFolder
  private let clip = SmallModel.clip

  init() throws {
    folder = try TemporaryFolder()
    try clip.config.huggingFaceJSON().write(to: folder.file("config.json"))
  }

  private func make(_ path: String) throws -> URL {
    let url = folder.file(path)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    return url
  }

  private func writeModel(_ path: String) throws -> URL {
    let url = try make(path)
    try clip.config.huggingFaceJSON().write(to: url.appendingPathComponent("config.json"))
    try SafetensorsFile.write(clip.store.state(), to: url.appendingPathComponent("model.safetensors"))
    return url
  }

  private func expectRefused(
    _ place: URL? = nil, naming words: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) {
    do {
      _ = try PretrainedModel.clip(in: place ?? folder.url)
      Issue.record("accepted", sourceLocation: sourceLocation)
    } catch {
      for word in words {
        #expect("\(error)".contains(word), "\(error)", sourceLocation: sourceLocation)
      }
    }
  }

  @Test("A variant such as model.fp16.safetensors is read where it is the only one")
  func variant() throws {
    try SafetensorsFile.write(clip.store.state(), to: folder.file("model.fp16.safetensors"))
    #expect(try PretrainedModel.clip(in: folder.url).config == clip.config)
    try SafetensorsFile.write(clip.store.state(), to: folder.file("model.bf16.safetensors"))
    expectRefused(naming: "model.bf16.safetensors, model.fp16.safetensors")
  }

  @Test("Shards of PyTorch's are read by their index, and asked for it where it is missing")
  func shards() throws {
    let state = clip.store.state()
    let half = state.names.count / 2
    var map: [String: String] = [:]
    for (part, names) in [state.names[..<half], state.names[half...]].enumerated() {
      let name = "pytorch_model-0000\(part + 1)-of-00002.bin"
      let names = Set(names)
      try PyTorchFile.write(state.filter { names.contains($0) }, to: folder.file(name))
      for key in names { map[key] = name }
    }
    expectRefused(naming: "pytorch_model-00001-of-00002.bin", "index")
    try JSONEncoder().encode(["weight_map": map]).write(to: folder.file("pytorch_model.bin.index.json"))
    #expect(try PretrainedModel.clip(in: folder.url).config == clip.config)
  }

  @Test("Of Hugging Face's cache, the snapshot of refs/main is read, through its links")
  func cache() throws {
    let commit = String(repeating: "a", count: 40)
    _ = try writeModel("blobs")
    let snapshot = try make("models--org--name/snapshots/\(commit)")
    for name in ["config.json", "model.safetensors"] {
      try FileManager.default.createSymbolicLink(
        at: snapshot.appendingPathComponent(name), withDestinationURL: folder.file("blobs/\(name)"))
    }
    let root = folder.file("models--org--name")
    #expect(try PretrainedModel.clip(in: root).config == clip.config)
    _ = try make("models--org--name/snapshots/\(String(repeating: "b", count: 40))")
    expectRefused(root, naming: "several snapshots")
    _ = try make("models--org--name/refs")
    try folder.write(commit, to: "models--org--name/refs/main")
    #expect(try PretrainedModel.clip(in: root).config == clip.config)
    #expect(
      HuggingFaceCache.snapshot(of: "org/name", environment: ["HF_HUB_CACHE": folder.url.path])?
        .lastPathComponent
        == commit)
    try FileManager.default.removeItem(at: folder.file("blobs/model.safetensors"))
    expectRefused(root, naming: "link")
  }

  @Test("The CLIP of a sentence-transformers folder is read; one with a layer after it is refused")
  func sentenceTransformers() throws {
    _ = try writeModel("st/0_CLIPModel")
    let type = "sentence_transformers.models"
    try folder.write(
      #"[{"idx":0,"name":"0","path":"0_CLIPModel","type":"\#(type).CLIPModel"}]"#, to: "st/modules.json")
    #expect(try PretrainedModel.clip(in: folder.file("st")).config == clip.config)
    try folder.write(
      #"[{"path":"0_CLIPModel","type":"\#(type).CLIPModel"},{"path":"1","type":"\#(type).Dense"}]"#,
      to: "st/modules.json")
    expectRefused(folder.file("st"), naming: "Dense")
    try folder.write(#"[{"path":"0_T","type":"\#(type).Transformer"}]"#, to: "st/modules.json")
    expectRefused(folder.file("st"), naming: "Transformer")
  }

  @Test(
    "What is there instead of weights is named, with what to do",
    arguments: [
      (["epoch_10.pt"], "give the file itself: epoch_10.pt"),
      (["last.ckpt"], "give the file itself: last.ckpt"),
      (["tf_model.h5"], "tf_model.h5"), (["flax_model.msgpack"], "flax_model.msgpack"),
      (["onnx/model.onnx"], "onnx/model.onnx"), (["model.gguf"], "model.gguf"),
      (["model.safetensors.gz"], "unpack it"), (["checkpoint-10/model.safetensors"], "checkpoint-10"),
      (["model-00001-of-00002.safetensors"], "model.safetensors.index.json"),
      (["model.safetensors.incomplete"], "is not finished"), (["pytorch_model.bin.part"], "is not finished"),
      ([], "a model is a folder with config.json"),
    ])
  func withoutWeights(names: [String], words: String) throws {
    for name in names {
      _ = try make((name as NSString).deletingLastPathComponent)
      try folder.write("x", to: name)
    }
    expectRefused(naming: words)
    // What reads a whole model looks at the weights on disk first.
    let error = #expect(throws: ModelError.self) { try PretrainedModel.load(folder.url) }
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
  }

  @Test("A pointer of git's in place of weights is named")
  func pointer() throws {
    try folder.write(
      "version https://git-lfs.github.com/spec/v1\noid sha256:a\nsize 6\n", to: "model.safetensors")
    expectRefused(naming: "git lfs pull")
  }

  @Test("Folders below that hold models are named, those of a pipeline as its parts")
  func below() throws {
    _ = try writeModel("outer/step_100")
    expectRefused(folder.file("outer"), naming: "folders below", "step_100")
    _ = try writeModel("pipeline/text_encoder")
    try folder.write("{}", to: "pipeline/model_index.json")
    expectRefused(folder.file("pipeline"), naming: "diffusers", "text_encoder")
  }

  // MARK: Adapters

  @Test(
    "An adapter beside a model, which transformers would apply, is refused with what to do",
    arguments: [
      "adapter_config.json", "adapter_model.safetensors", "adapter_model.bin",
      "pytorch_lora_weights.safetensors",
    ])
  func adapter(name: String) throws {
    try SafetensorsFile.write(clip.store.state(), to: folder.file("model.safetensors"))
    try folder.write("{}", to: name)
    expectRefused(naming: name, "merge_and_unload")
    expectRefused(folder.file("model.safetensors"), naming: name)
  }

  @Test("Weights that hold an adapter's matrices are refused as that")
  func adapterWeights() throws {
    var state = try clip.store.state().renamed { "base_model.model." + $0 }
    state["base_model.model.visual.transformer.resblocks.0.attn.lora_A.default.weight"] = Tensor(zeros: [
      2, 2,
    ])
    try SafetensorsFile.write(state, to: folder.file("model.safetensors"))
    expectRefused(naming: "merge_and_unload")
  }

  // MARK: Configurations

  private static let openCLIP = """
    {"model_cfg": {"embed_dim": 16, "vision_cfg": {"image_size": 16, "layers": 1, "width": 64, "patch_size": 8},
      "text_cfg": {"context_length": 8, "vocab_size": 60, "width": 64, "heads": 1, "layers": 1}}}
    """

  @Test("open_clip's own files win over timm's configuration and weights beside them")
  func timm() throws {
    try folder.write(Self.openCLIP, to: "open_clip_config.json")
    try SafetensorsFile.write(
      SmallModel.openCLIP.store.state(), to: folder.file("open_clip_model.safetensors"))
    try folder.write(#"{"architecture": "vit_base_patch32_clip_224", "num_classes": 512}"#, to: "config.json")
    try SafetensorsFile.write(
      ["blocks.0.attn.qkv.weight": Tensor(zeros: [2])], to: folder.file("model.safetensors"))
    #expect(try PretrainedModel.clip(in: folder.url).config.vision.transformer.activation == .gelu)
    // Also where only the file is named.
    #expect(
      try PretrainedModel.clip(in: folder.file("open_clip_model.safetensors")).config.vision.transformer
        .activation
        == .gelu)
  }

  @Test(
    "A configuration that names no CLIP is none, and it is said whose it is",
    arguments: [
      (#"{"architecture": "vit_base_patch32_clip_224"}"#, "timm"), (#"{"model_type": "siglip"}"#, "siglip"),
      (#"{"hidden_size": 768}"#, "no model_type"), (#"{"_class_name": "UNet2DConditionModel"}"#, "diffusers"),
      (#"{"model_type": "vit", "architectures": ["ViTModel"]}"#, "vit"),
    ])
  func foreign(json: String, words: String) throws {
    try SafetensorsFile.write(clip.store.state(), to: folder.file("model.safetensors"))
    try folder.write(json, to: "config.json")
    expectRefused(naming: "config.json", words)
  }

  @Test("Two configurations that contradict each other are refused where neither library's weights decide")
  func contradiction() throws {
    try SafetensorsFile.write(clip.store.state(), to: folder.file("model.safetensors"))
    try folder.write(Self.openCLIP, to: "open_clip_config.json")
    expectRefused(naming: "open_clip_config.json", "another architecture")
  }

  @Test("A model is not written into a folder that holds another model's files")
  func writing() throws {
    try SafetensorsFile.write(clip.store.state(), to: folder.file("model.safetensors"))
    let model = try StoredModel(folder.url)
    for name in [
      "pytorch_model.bin", "open_clip_config.json", "processor_config.json", "adapter_config.json",
    ] {
      let other = try make("to-\(name)")
      try folder.write("{}", to: "to-\(name)/\(name)")
      let error = #expect(throws: CheckpointError.self) {
        try model.write(.huggingFace, to: other, environment: [:])
      }
      #expect(error?.description.contains(name) == true)
    }
  }
}

/// Models of one block in each tower.
enum SmallModel {
  static var clip: CLIP { CLIP(config: config(.quickGELU), seed: 4) }
  static var openCLIP: CLIP { CLIP(config: config(.gelu), seed: 4) }

  private static func config(_ activation: Activation) -> CLIPConfig {
    let transformer = TransformerConfig(width: 64, layers: 1, heads: 1, mlpWidth: 256, activation: activation)
    return CLIPConfig(
      vision: VisionConfig(imageSize: 16, patchSize: 8, transformer: transformer),
      text: TextConfig(
        contextLength: 8, vocabularySize: 60, transformer: transformer, pooling: .highestToken),
      embeddingWidth: 16)
  }
}
