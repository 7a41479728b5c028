import Checkpoint
import Foundation
import ImageCodec
import NN
import TensorCore
import Tokenizer

/// Where the parts of a model lie: in one folder, or beside a file of weights.
public struct ModelFiles {
  /// The file of weights, or the index of its shards.
  public let weights: URL
  private let folder: URL
  private let isFolder: Bool

  /// Names that weights have in a folder, the first of which counts; then the same with `.zst`.
  private static let weightsNames = [
    "model.safetensors", "model.safetensors.index.json", "open_clip_model.safetensors", "pytorch_model.bin",
    "open_clip_pytorch_model.bin",
  ]
  private static let anatomy =
    "a model is a folder with config.json (or open_clip_config.json) and model.safetensors (or pytorch_model.bin), or "
    + "a file of weights"

  /// `place` is a folder or a file of weights.
  public init(_ place: URL) throws(ModelError) {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: place.path, isDirectory: &isFolder) else {
      throw .missingFile(path: place.path, hint: Self.anatomy)
    }
    self.isFolder = isFolder.boolValue
    guard isFolder.boolValue else {
      weights = place
      folder = place.deletingLastPathComponent()
      return
    }
    folder = place
    let found = (Self.weightsNames + Self.weightsNames.map { $0 + ".zst" })
      .map { place.appendingPathComponent($0) }
      .first { FileManager.default.fileExists(atPath: $0.path) }
    weights = found ?? place.appendingPathComponent(Self.weightsNames[0])
  }

  /// The weights under canonical names, and whether the file is one of OpenAI's own.
  func state() throws -> (state: StateDict, isOpenAI: Bool) {
    guard FileManager.default.fileExists(atPath: weights.path) else {
      throw ModelError.missingFile(path: weights.path, hint: Self.anatomy)
    }
    let stored = try TensorFormats.open(weights).stateDict()
    let isOpenAI = stored.contains("input_resolution") || stored.metadata["container"] == "TorchScript"
    // A fine-tuned classifier brings a head, which is no part of a CLIP.
    let state = try KeyMapRegistry.canonical(stored).filter { !$0.hasPrefix("classification_head.") }
    if let foreign = ForeignTowers.name(state.names) {
      throw ModelError.badConfiguration(
        file: weights.path,
        problem:
          "it has \(foreign), which this program does not read; use a CLIP with plain vision transformers")
    }
    return (state, isOpenAI)
  }

  /// SHA-256 of the file of weights; of shards, that of the hashes of index and shards, a line each.
  public func sha256() throws(CheckpointError) -> String {
    // Only an index is opened: what is compressed would be decompressed for nothing.
    guard weights.lastPathComponent.contains(".json") else { return try ContentHash.sha256(of: weights) }
    var lines = ""
    for file in try TensorFormats.open(weights).files { lines += try ContentHash.sha256(of: file) + "\n" }
    return ContentHash.sha256(of: Data(lines.utf8))
  }

  /// The configuration beside the weights, else what their shapes imply, where their origin tells the activation.
  public func config() throws -> CLIPConfig { try config { try state() } }

  /// `named`, where it is given; throws if a folder says otherwise, but for the size of its images.
  func config(
    named: CLIPConfig?, _ weights: () throws -> (state: StateDict, isOpenAI: Bool)
  ) throws -> CLIPConfig {
    guard var named else { return try config(weights) }
    let size = named.vision.imageSize
    if isFolder, let own = try configured() {
      named.vision.imageSize = own.vision.imageSize
      guard own == named else {
        throw ModelError.badConfiguration(
          file: folder.path,
          problem: "its configuration describes another architecture than the one named; leave --arch away")
      }
      named.vision.imageSize = size
    }
    return named
  }

  /// What a configuration beside the weights says; nil without one.
  private func configured() throws -> CLIPConfig? {
    if let json = try read("config.json") {
      return try CLIPConfig(huggingFace: json, file: path("config.json"))
    }
    return try openCLIP()?.config(file: path(Self.openCLIPName))
  }

  /// The same; `weights` are asked for only if they are needed.
  func config(_ weights: () throws -> (state: StateDict, isOpenAI: Bool)) throws -> CLIPConfig {
    if let configured = try configured() { return configured }
    let (state, isOpenAI) = try weights()
    guard isOpenAI else {
      throw ModelError.badConfiguration(
        file: self.weights.path,
        problem:
          "there is no config.json beside it, and weights do not tell the activation; name the architecture with "
          + "--arch, such as ViT-B-32 (GELU) or ViT-B-32-quickgelu (as OpenAI's)")
    }
    return try CLIPConfig(inferredFrom: state, activation: .quickGELU, file: self.weights.path)
  }

  /// As configured beside the weights, else OpenAI's for the model's size.
  public func preprocessing() throws -> Preprocessing { try preprocessing(size: config().vision.imageSize) }

  /// The same for images of `size`.
  func preprocessing(size: Int) throws -> Preprocessing {
    let name = "preprocessor_config.json"
    if let json = try read(name) { return try Preprocessing(huggingFace: json, name: path(name)) }
    return try openCLIP()?.preprocessing(size: size, file: path(Self.openCLIPName)) ?? .clip(size: size)
  }

  private static let openCLIPName = "open_clip_config.json"

  private func openCLIP() throws -> OpenCLIPConfig? {
    try read(Self.openCLIPName).map { (json) throws(ModelError) in
      try OpenCLIPConfig(json, file: path(Self.openCLIPName))
    }
  }

  private func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  private func read(_ name: String) throws(CheckpointError) -> Data? {
    let file = folder.appendingPathComponent(name)
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    return try InputFile.read(file)
  }

  /// The vocabulary beside the weights, else the one that `$CLIPFT_TOKENIZER` names, else that of a CLIP in Hugging
  /// Face's cache, else the one that `make setup` fetched.
  public func tokenizer(environment: [String: String]) throws -> BPETokenizer {
    let places = [folder] + Self.vocabularies(environment) + Self.fetchedVocabulary(environment)
    if let named = environment["CLIPFT_TOKENIZER"], !named.isEmpty, !Self.hasVocabulary(folder) {
      return try BPETokenizer.load(URL(fileURLWithPath: named))
    }
    guard let place = places.first(where: Self.hasVocabulary) else {
      throw ModelError.missingFile(
        path: path("vocab.json"),
        hint:
          "put CLIP's vocabulary (vocab.json and merges.txt, tokenizer.json, or bpe_simple_vocab_16e6.txt.gz) there, "
          + "name it with $CLIPFT_TOKENIZER, or fetch it with `make setup`")
    }
    let file = place.appendingPathComponent(Self.openAIVocabulary)
    let onlyFile = !Self.hasVocabulary(place, names: Self.vocabularyNames.dropLast())
    return try BPETokenizer.load(onlyFile ? file : place)
  }

  private static let openAIVocabulary = "bpe_simple_vocab_16e6.txt.gz"
  private static let vocabularyNames = ["merges.txt", "tokenizer.json", openAIVocabulary]

  private static func hasVocabulary(_ folder: URL) -> Bool {
    hasVocabulary(folder, names: vocabularyNames[...])
  }

  private static func hasVocabulary(_ folder: URL, names: ArraySlice<String>) -> Bool {
    names.contains { FileManager.default.fileExists(atPath: folder.appendingPathComponent($0).path) }
  }

  /// Where `make setup` puts the vocabulary.
  private static func fetchedVocabulary(_ environment: [String: String]) -> [URL] {
    let named = environment["XDG_CACHE_HOME"].flatMap { $0.isEmpty ? nil : $0 }
    let cache = named ?? environment["HOME"].map { $0 + "/.cache" }
    return cache.map { [URL(fileURLWithPath: $0 + "/clipft/tokenizer")] } ?? []
  }

  /// Snapshots of OpenAI's CLIPs that Hugging Face's libraries keep.
  private static func vocabularies(_ environment: [String: String]) -> [URL] {
    let home = environment["HF_HOME"] ?? environment["HOME"].map { $0 + "/.cache/huggingface" } ?? ""
    let hub = URL(fileURLWithPath: environment["HF_HUB_CACHE"] ?? home + "/hub")
    func folders(in folder: URL) -> [URL] {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
      return names.sorted().map { folder.appendingPathComponent($0) }
    }
    return folders(in: hub).filter { $0.lastPathComponent.hasPrefix("models--openai--clip-") }
      .flatMap { folders(in: $0.appendingPathComponent("snapshots")) }
  }
}
