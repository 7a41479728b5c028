import CLIPCore
import Checkpoint
import Foundation
import ImageCodec
import TensorCore

/// Configurations, and whole models.
enum ModelReaders {
  private static let weights = "model.safetensors"
  private static let words = [
    "\"vision_config\"", "\"text_config\"", "\"hidden_size\"", "\"num_hidden_layers\"", "\"image_size\"",
    "\"patch_size\"", "\"eos_token_id\"", "\"hidden_act\"", "\"vision_cfg\"", "\"text_cfg\"",
    "\"head_width\"",
    "\"mlp_ratio\"", "\"norm_kwargs\"", "\"eps\"", "\"model_type\"", "\"image_processor\"", "\"size\"",
    "\"crop_size\"", "\"image_mean\"", "null", "true", "1e308", "-1", "{", "}",
    "[", "]",
  ]

  static func all() throws -> [FuzzReader] {
    let fixtures = "Tests/CLIPCoreTests/Fixtures"
    let names = ["config.json", "preprocessor_config.json"]
    let folders = ["clip-quickgelu", "clip-gelu-eos"]
    let configurations = try folders.map { folder in
      try names.reduce(into: FuzzFiles()) { $0[$1] = try Repository.file("\(fixtures)/\(folder)/\($1)") }
    }
    let stored = try Repository.file("\(fixtures)/clip-quickgelu/\(weights)")
    let whole = configurations[0].merging([weights: stored]) { $1 }
    return [
      FuzzReader(name: "hugging-face-config", seeds: configurations, targets: names, words: words) {
        try readConfiguration($0)
      },
      FuzzReader(
        name: "processor-config",
        seeds: [configurations[0].merging(["processor_config.json": processor]) { $1 }],
        targets: ["processor_config.json"], words: words
      ) { try readConfiguration($0) },
      FuzzReader(
        name: "sentence-transformers",
        seeds: [whole.merging(["modules.json": modules, "refs": Data("main".utf8)]) { $1 }],
        targets: ["modules.json", "config.json"],
        words: words + ["\"path\"", "\"type\"", "../", "CLIPModel", "Normalize"]
      ) { _ = try StoredModel($0) },
      FuzzReader(
        name: "open-clip-config", seeds: [["open_clip_config.json": openCLIP]],
        targets: ["open_clip_config.json"],
        words: words
      ) { try readConfiguration($0) },
      FuzzReader(
        name: "model", seeds: [whole], targets: names + [weights], words: words,
        damage: {
          $0.first == UInt8(ascii: "{") ? $2.mutate(&$0) : Damage.safetensorsHeader(&$0, $1, &$2)
        },
        read: { _ = try StoredModel($0) }),
      FuzzReader(
        name: "openai-weights", seeds: [[weights: try openAI(whole)]], targets: [weights], words: words,
        damage: { Damage.safetensorsHeader(&$0, $1, &$2) },
        read: { _ = try StoredModel($0.appendingPathComponent(weights)) }),
    ]
  }

  /// Builds the model as well, without weights: absurd extents must not cost what they claim.
  private static func readConfiguration(_ folder: URL) throws {
    let files = try ModelFiles(folder)
    let config = try files.config()
    _ = try files.preprocessing()
    let source = StateDictSource([:], file: folder.path)
    _ = CLIP(config: config, source: source)
    do {
      try source.finish()
    } catch ModelError.mismatchedWeights {
      return
    }
  }

  private static let processor = Data(
    """
    {"processor_class": "CLIPProcessor", "image_processor": {"do_resize": true, "size": {"height": 32, "width": 32},
      "crop_size": 32, "resample": 3, "do_pad": false, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.2, 0.2, 0.2]}}
    """.utf8)
  private static let modules = Data(
    #"[{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.CLIPModel"}]"#.utf8)

  private static let openCLIP = Data(
    """
    {"model_cfg": {"embed_dim": 32, "quick_gelu": true,
      "vision_cfg": {"image_size": 32, "layers": 2, "width": 64, "head_width": 32, "patch_size": 8, "mlp_ratio": 4.0},
      "text_cfg": {"context_length": 16, "vocab_size": 100, "width": 32, "heads": 2, "layers": 2, "pool_type": "eos",
        "eos_id": 99}},
     "preprocess_cfg": {"mean": [0.5, 0.5, 0.5], "std": [0.2, 0.2, 0.2], "interpolation": "bicubic",
      "resize_mode": "shortest"}}
    """.utf8)

  /// Weights that tell their architecture by their shapes.
  private static func openAI(_ folder: FuzzFiles) throws -> Data {
    let place = FileManager.default.temporaryDirectory.appendingPathComponent(
      "clipft-fuzz-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: place) }
    for (name, bytes) in folder { try bytes.write(to: place.appendingPathComponent(name)) }
    let model = try StoredModel(place)
    var state = model.state
    state["input_resolution"] = Tensor([Int32(model.config.vision.imageSize)], shape: [])
    return try TensorReaders.bytes { try SafetensorsFile.write(state, to: $0) }
  }
}
