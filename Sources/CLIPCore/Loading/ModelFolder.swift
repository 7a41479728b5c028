import Checkpoint
import Foundation

/// Finds, in a folder as other libraries write and fetch it, the one that holds a model, and its file of weights.
struct ModelFolder {
  let url: URL
  let weights: URL
  /// Whether open_clip's configuration and weights are what is read, rather than transformers'.
  let isOpenCLIP: Bool
  /// What to say where weights are asked for and there are none.
  let missing: ModelError?

  static let openCLIPName = "open_clip_config.json"
  static let configName = "config.json"
  /// Names that weights have in a folder, the first of which counts, as it does in the library that wrote them.
  static let transformersNames = [
    "model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json",
  ]
  static let openCLIPNames = [
    "open_clip_model.safetensors", "open_clip_pytorch_model.safetensors", "open_clip_pytorch_model.bin",
    "open_clip_pytorch_model.pth",
  ]
  static let anatomy =
    "a model is a folder with config.json (or open_clip_config.json) and model.safetensors (or pytorch_model.bin), or "
    + "a file of weights"

  init(_ place: URL) throws(ModelError) {
    var url = place
    if let snapshot = try Self.snapshot(url) { url = snapshot }
    if let module = try Self.module(url) { url = module }
    self.url = url
    guard FileManager.default.isReadableFile(atPath: url.path) else {
      throw .file(.unreadable(file: url.path, reason: "the folder is not there, or may not be listed"))
    }
    let names = Self.names(in: url)
    try AdapterFiles.refuse(in: url, names: names)
    let config = try ConfigFile(url)
    let openCLIP = try Self.first(Self.openCLIPNames, in: url, names)
    if names.contains(Self.openCLIPName), let openCLIP {
      (weights, isOpenCLIP, missing) = (openCLIP, true, nil)
      return
    }
    isOpenCLIP = names.contains(Self.openCLIPName) && !config.isCLIP
    var found = try Self.first(Self.transformersNames, in: url, names)
    if found == nil { found = try Self.variant(in: url, names) }
    if let found = found ?? openCLIP {
      (weights, missing) = (found, nil)
      return
    }
    weights = url.appendingPathComponent(Self.transformersNames[0])
    missing = Self.nothing(in: url, names)
  }

  /// Sorted, so that messages and choices do not depend on the file system.
  static func names(in folder: URL) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
  }

  /// The first of some names that is there, else the first with `.zst`.
  private static func first(_ wanted: [String], in folder: URL, _ names: [String]) throws(ModelError) -> URL?
  {
    guard let name = (wanted + wanted.map { $0 + ".zst" }).first(where: names.contains) else { return nil }
    let file = folder.appendingPathComponent(name)
    guard FileManager.default.fileExists(atPath: file.path) else {
      throw .badConfiguration(
        file: file.path, problem: "it is a link to a file that is not there; fetch the model again")
    }
    return file
  }

  /// `model.fp16.safetensors` and the like, if there is one of them.
  private static func variant(in folder: URL, _ names: [String]) throws(ModelError) -> URL? {
    let found = names.filter { name in
      let parts = name.split(separator: ".", omittingEmptySubsequences: false)
      let isWhole = parts.count == 3 && ["safetensors", "bin"].contains(parts[2])
      let isIndex = name.contains(".index.") && parts.last == "json" && parts.count == 5
      return (isWhole || isIndex) && ["model", "pytorch_model"].contains(parts[0]) && !parts[1].isEmpty
        && !parts[1].contains("-of-")
    }
    let best =
      found.filter { $0.contains("safetensors") }.isEmpty
      ? found : found.filter { $0.contains("safetensors") }
    guard best.count < 2 else {
      throw .badConfiguration(
        file: folder.path,
        problem:
          "there are several variants of its weights (\(best.joined(separator: ", "))); name one of these files"
      )
    }
    return best.first.map(folder.appendingPathComponent)
  }

  // MARK: Folders around models

  /// Of a folder of Hugging Face's cache (`models--openai--clip-vit-base-patch32`), the snapshot that `refs/main` names,
  /// or the only one there is.
  private static func snapshot(_ folder: URL) throws(ModelError) -> URL? {
    let snapshots = folder.appendingPathComponent("snapshots")
    let names = names(in: snapshots)
    guard folder.lastPathComponent.hasPrefix("models--") || names.contains(where: { $0.count == 40 }) else {
      return nil
    }
    let main = folder.appendingPathComponent("refs/main")
    if let commit = try? String(contentsOf: main, encoding: .utf8).trimmingCharacters(
      in: .whitespacesAndNewlines),
      names.contains(commit)
    {
      return snapshots.appendingPathComponent(commit)
    }
    guard names.count < 2, let only = names.first else {
      throw .badConfiguration(
        file: folder.path,
        problem: names.isEmpty
          ? "it is a folder of Hugging Face's cache without any snapshot; fetch the model again"
          : "it has several snapshots and none of them is refs/main; name one of the folders in \(snapshots.path)"
      )
    }
    return snapshots.appendingPathComponent(only)
  }

  private struct Module: Decodable {
    let path: String
    let type: String
  }

  /// Of a folder of sentence-transformers, the one that `modules.json` says the CLIP is in.
  private static func module(_ folder: URL) throws(ModelError) -> URL? {
    let file = folder.appendingPathComponent("modules.json")
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    func problem(_ text: String) -> ModelError { .badConfiguration(file: file.path, problem: text) }
    let modules: [Module]
    do {
      modules = try JSONDecoder().decode([Module].self, from: InputFile.read(file))
    } catch {
      throw problem("it is no list of modules as sentence-transformers writes it")
    }
    let types = modules.map { $0.type.split(separator: ".").last.map(String.init) ?? $0.type }
    guard let index = types.firstIndex(where: { ["CLIPModel", "CLIP"].contains($0) }) else {
      throw problem("none of its modules (\(types.joined(separator: ", "))) is a CLIP")
    }
    // Embeddings are normalised before they are compared anyway.
    if let other = types.enumerated().first(where: { $0.offset != index && $0.element != "Normalize" }) {
      throw problem("its module \(other.element) changes what the CLIP computes, and cannot be read")
    }
    let path = modules[index].path
    guard !path.contains(".."), !path.hasPrefix("/") else {
      throw problem("the path \(path) leaves the folder")
    }
    return path.isEmpty ? folder : folder.appendingPathComponent(path)
  }

  // MARK: Folders without weights

  private static func nothing(in folder: URL, _ names: [String]) -> ModelError {
    let weightEndings = ["safetensors", "bin", "pt", "pth", "ckpt", "npz", "zst"]
    let foreignEndings = [
      "h5", "msgpack", "onnx", "gguf", "ggml", "tflite", "ot", "mlpackage", "mlmodel", "engine",
    ]
    func ending(_ name: String) -> String { (name as NSString).pathExtension.lowercased() }
    func list(_ names: [String]) -> String {
      names.prefix(5).joined(separator: ", ") + (names.count > 5 ? ", …" : "")
    }
    let unfinished = names.filter {
      ["incomplete", "part", "partial", "crdownload", "download", "aria2", "tmp"].contains(ending($0))
    }
    if !unfinished.isEmpty {
      return .badConfiguration(
        file: folder.path, problem: "the download of \(list(unfinished)) is not finished; fetch it again")
    }
    let shards = names.filter { $0.contains("-of-") && weightEndings.contains(ending($0)) }
    if let shard = shards.first {
      return .badConfiguration(
        file: folder.path,
        problem: "\(shard) is one of several files of weights, and the index that belongs to them "
          + "(such as model.safetensors.index.json) is missing; fetch it as well")
    }
    let others = names.filter { weightEndings.contains(ending($0)) && !$0.hasPrefix("training_args") }
    if !others.isEmpty {
      return .badConfiguration(
        file: folder.path,
        problem: "none of its weights has a name that models have; give the file itself: \(list(others))")
    }
    let inner = names.filter { name in
      let inside = Self.names(in: folder.appendingPathComponent(name))
      return (transformersNames + openCLIPNames).contains(where: inside.contains)
    }
    if !inner.isEmpty {
      let of =
        names.contains("model_index.json")
        ? "it is a pipeline of diffusers', whose parts are no whole CLIP: "
        : "there are no weights in it, but in folders below; give the one that is meant: "
      return .badConfiguration(file: folder.path, problem: of + list(inner))
    }
    let packed = names.filter {
      ["gz", "xz", "bz2"].contains(ending($0))
        && weightEndings.contains(ending(($0 as NSString).deletingPathExtension))
    }
    if !packed.isEmpty {
      return .badConfiguration(
        file: folder.path, problem: "\(list(packed)) is packed, and only .zst is unpacked here; unpack it")
    }
    // One folder deep, as exporters put them (onnx/model.onnx).
    let below = names.flatMap { name in
      Self.names(in: folder.appendingPathComponent(name)).map { "\(name)/\($0)" }
    }
    let foreign = (names + below).filter { foreignEndings.contains(ending($0)) }
    if !foreign.isEmpty {
      return .badConfiguration(
        file: folder.path,
        problem:
          "\(list(foreign)) cannot be read, and no other weights are there; save the model with PyTorch, as "
          + "model.safetensors")
    }
    return .missingFile(path: folder.appendingPathComponent(transformersNames[0]).path, hint: anatomy)
  }
}

/// Adapters of peft, which transformers would apply to the weights that they lie beside, and as diffusers calls them.
enum AdapterFiles {
  private static let names = [
    "adapter_config.json", "adapter_model.safetensors", "adapter_model.bin",
    "pytorch_lora_weights.safetensors", "pytorch_lora_weights.bin",
  ]

  static func isOne(_ file: URL) -> Bool { names.contains(file.lastPathComponent) }

  static func refuse(in folder: URL, names present: [String]) throws(ModelError) {
    guard let name = names.first(where: present.contains) else { return }
    throw .badConfiguration(
      file: folder.appendingPathComponent(name).path,
      problem:
        "it is an adapter of peft, which changes the model; move it to a folder of its own, which --adapter "
        + "folds into the model, or merge it with peft's merge_and_unload() and save the model")
  }

  /// Whether weights are, or contain, an adapter's.
  static func refuse(_ names: [String], file: URL) throws(ModelError) {
    let marks = [
      ".lora_A.", ".lora_B.", ".lora_embedding_A", ".lora_magnitude_vector", ".ia3_l", ".hada_w1_a",
    ]
    guard let name = names.first(where: { name in marks.contains { name.contains($0) } }) else { return }
    throw .badConfiguration(
      file: file.path,
      problem:
        "it has weights of an adapter (\(name)), which cannot be read; merge it with peft's merge_and_unload() "
        + "and save the model")
  }
}

/// A folder's `config.json`, which is a CLIP's, another model's, or not there.
struct ConfigFile {
  let json: Data?
  let file: URL
  /// Why it is no CLIP's; nil if it is one or there is none.
  let foreignness: String?

  var isCLIP: Bool { json != nil && foreignness == nil }

  init(_ folder: URL) throws(ModelError) {
    file = folder.appendingPathComponent(ModelFolder.configName)
    guard FileManager.default.fileExists(atPath: file.path) else {
      (json, foreignness) = (nil, nil)
      return
    }
    do throws(CheckpointError) {
      let json = try InputFile.read(file)
      self.json = json
      foreignness = CLIPConfig.foreignness(of: json)
    } catch {
      throw .file(error)
    }
  }

  var refusal: ModelError {
    .badConfiguration(
      file: file.path,
      problem:
        "it is not the configuration of a CLIP: \(foreignness ?? "it is not there"); use a folder that "
        + "transformers' CLIPModel or open_clip reads")
  }
}
