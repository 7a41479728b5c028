import Checkpoint
import Foundation
import ImageCodec
import TensorCore
import Tokenizer

/// How a CLIP's weights are named and laid out for other programs.
public enum ModelLayout: String, Sendable, CaseIterable, Encodable {
  /// transformers' `CLIPModel`.
  case huggingFace = "hf"
  case openCLIP = "open_clip"
  /// OpenAI's own names, which are open_clip's.
  case openAI = "openai"

  private var keyMap: any KeyMap.Type {
    switch self {
    case .huggingFace: HuggingFaceKeyMap.self
    case .openCLIP, .openAI: OpenCLIPKeyMap.self
    }
  }

  /// What a model is written from; weights under canonical names.
  public struct Parts {
    let state: StateDict
    let config: CLIPConfig
    let preprocessing: Preprocessing
    let tokenizer: BPETokenizer?

    var surroundings: Surroundings {
      Surroundings(config: config, preprocessing: preprocessing, tokenizer: tokenizer)
    }

    public init(state: StateDict, config: CLIPConfig, preprocessing: Preprocessing, tokenizer: BPETokenizer?)
    {
      self.state = state
      self.config = config
      self.preprocessing = preprocessing
      self.tokenizer = tokenizer
    }
  }

  /// Whether a name is that of one file of weights: `.safetensors`, `.pt`, `.pth` or `.bin`.
  public static func isFile(_ place: URL) -> Bool {
    ["safetensors", "pt", "pth", "bin"].contains(place.pathExtension.lowercased())
  }

  /// Endings of files that a folder would hardly be called by.
  private static let unwritten: Set<String> = ["npz", "zst", "onnx", "json", "ckpt", "h5"]

  /// Throws if a folder is called like a file of a format that is not written.
  public func check(_ place: URL) throws(CheckpointError) {
    guard !Self.unwritten.contains(place.pathExtension.lowercased()) else {
      throw .cannotCreate(
        file: place.path, reason: "weights are written as .safetensors, .pt, .pth or .bin, or as a folder")
    }
  }

  /// Writes the weights as one file where `place` is called so, else as a folder with configuration and preprocessing, and
  /// the vocabulary if there is one. What its reader must know is returned, a sentence each.
  @discardableResult
  public func write(_ parts: Parts, to place: URL) throws -> [String] {
    try check(parts.config, of: place)
    let notes = notes(on: parts)
    let state = try keyMap.fromCanonical(parts.state)
    if Self.isFile(place) {
      let isSafetensors = place.pathExtension.lowercased() == "safetensors"
      try isSafetensors ? SafetensorsFile.write(state, to: place) : PyTorchFile.write(state, to: place)
      return notes
    }
    try check(place)
    try writeFolder(parts.surroundings, to: place) { try SafetensorsFile.write(state, to: $0) }
    return notes
  }

  /// What belongs to a model beside its weights.
  public struct Surroundings {
    let config: CLIPConfig
    let preprocessing: Preprocessing
    let tokenizer: BPETokenizer?

    public init(config: CLIPConfig, preprocessing: Preprocessing, tokenizer: BPETokenizer?) {
      (self.config, self.preprocessing, self.tokenizer) = (config, preprocessing, tokenizer)
    }
  }

  /// Writes a folder whose weights, tensors of these canonical names and shapes in `f32`, are never in memory together: each
  /// is asked for once. `metadata` is written into the file of weights.
  public func write(
    _ surroundings: Surroundings, tensors: [(name: String, shape: [Int])], metadata: [String: String],
    to place: URL, tensor: (String) throws -> Tensor
  ) throws {
    try check(surroundings.config, of: place)
    try writeFolder(surroundings, to: place) {
      try keyMap.write(tensors, metadata: metadata, to: $0, tensor: tensor)
    }
  }

  private func writeFolder(
    _ surroundings: Surroundings, to place: URL, weights: (URL) throws -> Void
  ) throws {
    do {
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    } catch {
      throw CheckpointError.cannotCreate(file: place.path, reason: "the folder cannot be made")
    }
    func file(_ name: String) -> URL { place.appendingPathComponent(name) }
    let (config, tokenizer) = (surroundings.config, surroundings.tokenizer)
    try refuseOtherModels(in: place, tokenizer: tokenizer)
    try save(tokenizer, contextLength: config.text.contextLength, to: place)
    try AtomicFile.write(
      surroundings.preprocessing.huggingFaceJSON(), to: file("preprocessor_config.json"))
    // The configuration last, so that a folder that has one is a whole model.
    if self == .huggingFace {
      try weights(file("model.safetensors"))
      try AtomicFile.write(config.huggingFaceJSON(), to: file("config.json"))
    } else {
      try weights(file("open_clip_model.safetensors"))
      try AtomicFile.write(
        OpenCLIPConfig(config, surroundings.preprocessing).json(), to: file("open_clip_config.json"))
    }
  }

  /// Throws if the layout cannot say what the model at `place` computes: open_clip has GELU or QuickGELU, in both towers.
  public func check(_ config: CLIPConfig, of place: URL) throws(ModelError) {
    guard self != .huggingFace else { return }
    let (vision, text) = (config.vision.transformer.activation, config.text.transformer.activation)
    guard vision != text || ![.gelu, .quickGELU].contains(vision) else { return }
    let words =
      vision == text
      ? vision.rawValue : "\(vision.rawValue) in the image tower and \(text.rawValue) in the text tower"
    throw .badConfiguration(
      file: place.path,
      problem:
        "the layout \(rawValue) cannot say the model's activation, \(words): it knows GELU or QuickGELU, the same in "
        + "both towers; write it with --to \(Self.huggingFace.rawValue)")
  }

  /// What the layout's own library would do otherwise with what is written.
  private func notes(on parts: Parts) -> [String] {
    guard self != .huggingFace else { return [] }
    let other = "write the model with --to \(Self.huggingFace.rawValue)"
    var notes: [String] = []
    if self == .openAI, parts.config.vision.transformer.activation != .quickGELU {
      notes.append(
        "OpenAI's own code has QuickGELU, whatever it reads, and the model has GELU: read it with open_clip, or \(other)"
      )
    }
    if let added = parts.tokenizer?.addedTokens, let first = added.first {
      let names =
        added.count == 1
        ? "the added token '\(first.content)'" : "the \(added.count) added tokens ('\(first.content)', …)"
      notes.append(
        "open_clip's own tokenizer does not know \(names) and cuts such texts into other tokens; where texts matter, \(other)"
      )
    }
    return notes
  }
}

extension ModelLayout {
  /// transformers reads how long texts may be, and how they are cleaned; open_clip has its own way, and its own length in
  /// its configuration.
  private func save(_ tokenizer: BPETokenizer?, contextLength: Int, to place: URL) throws(TokenizerError) {
    guard self == .huggingFace else { return try tokenizer?.save(to: place, for: .openCLIP) ?? () }
    try tokenizer?.save(to: place, contextLength: contextLength)
  }

  /// Throws where the folder holds what would be read in place of, or together with, what is written.
  private func refuseOtherModels(in place: URL, tokenizer: BPETokenizer?) throws(CheckpointError) {
    let own = self == .huggingFace ? "model.safetensors" : "open_clip_model.safetensors"
    let others = (ModelFolder.transformersNames + ModelFolder.openCLIPNames).filter { $0 != own }
    var settings = [
      "processor_config.json", "adapter_config.json", "added_tokens.json", "modules.json",
      self == .huggingFace ? ModelFolder.openCLIPName : ModelFolder.configName,
    ]
    // What is written anew is no obstacle.
    let (isHuggingFace, hasAdded) = (self == .huggingFace, tokenizer?.addedTokens.isEmpty == false)
    if tokenizer == nil || !(isHuggingFace || hasAdded) { settings.append("tokenizer_config.json") }
    if !(isHuggingFace && tokenizer?.hasJSON == true) { settings.append("tokenizer.json") }
    let names = ModelFolder.names(in: place)
    guard let other = (others + settings).first(where: names.contains) else { return }
    throw .cannotCreate(
      file: place.path,
      reason: "it holds \(other) of another model, which would be read together with this one")
  }
}

/// A CLIP's weights as stored, element types included, with its architecture: for translation, not for computing.
public struct StoredModel {
  /// Under canonical names.
  public let state: StateDict
  public let config: CLIPConfig
  /// What its reader must know of the weights, a sentence each.
  public let notes: [String]
  private let files: ModelFiles

  /// Reads a model as `PretrainedModel.load` does. Throws unless the weights fit the architecture.
  public init(_ place: URL, config: CLIPConfig? = nil) throws {
    files = try ModelFiles(place)
    let weights = try files.state()
    self.config = try files.config(named: config) { weights.outline }
    state = weights.state
    notes = weights.notes
    let source = StateDictSource(state, file: files.weights.path)
    _ = CLIP(config: self.config, source: source)
    try source.finish()
  }

  /// Writes the weights in a layout: see `ModelLayout.write`. The vocabulary goes with them if there is one.
  @discardableResult
  public func write(_ layout: ModelLayout, to place: URL, environment: [String: String]) throws -> [String] {
    let parts = try ModelLayout.Parts(
      state: state, config: config, preprocessing: files.preprocessing(size: config.vision.imageSize),
      tokenizer: files.tokenizerIfAny(environment: environment))
    return try layout.write(parts, to: place)
  }
}
