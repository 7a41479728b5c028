import Checkpoint
import Foundation
import TensorCore

/// How a CLIP's weights are named and laid out for other programs.
public enum ModelLayout: String, Sendable, CaseIterable {
  /// transformers' `CLIPModel`.
  case huggingFace = "hf"
  case openCLIP = "open_clip"
  /// OpenAI's own names, which are open_clip's.
  case openAI = "openai"

  fileprivate var keyMap: any KeyMap.Type {
    switch self {
    case .huggingFace: HuggingFaceKeyMap.self
    case .openCLIP, .openAI: OpenCLIPKeyMap.self
    }
  }
}

/// A CLIP's weights as stored, element types included, with its architecture: for translation, not for computing.
public struct StoredModel {
  /// Under canonical names.
  public let state: StateDict
  public let config: CLIPConfig
  private let files: ModelFiles

  /// Reads a model as `PretrainedModel.load` does. Throws unless the weights fit the architecture.
  public init(_ place: URL, config: CLIPConfig? = nil) throws {
    files = try ModelFiles(place)
    let weights = try files.state()
    self.config = try config ?? files.config { weights }
    state = weights.state
    let source = StateDictSource(state, file: files.weights.path)
    _ = CLIP(config: self.config, source: source)
    try source.finish()
  }

  /// Writes the weights in a layout: as one file where `place` ends in `.safetensors`, `.pt`, `.pth` or `.bin`, else as a
  /// folder with configuration and preprocessing, and the vocabulary if there is one.
  public func write(_ layout: ModelLayout, to place: URL, environment: [String: String]) throws {
    let state = try layout.keyMap.fromCanonical(self.state)
    switch place.pathExtension.lowercased() {
    case "safetensors": return try SafetensorsFile.write(state, to: place)
    case "pt", "pth", "bin": return try PyTorchFile.write(state, to: place)
    default: break
    }
    do {
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    } catch {
      throw CheckpointError.cannotCreate(file: place.path, reason: "the folder cannot be made")
    }
    let preprocessing = try files.preprocessing(size: config.vision.imageSize)
    try? files.tokenizer(environment: environment).save(to: place)
    try AtomicFile.write(
      preprocessing.huggingFaceJSON(), to: place.appendingPathComponent("preprocessor_config.json"))
    if layout == .huggingFace {
      try SafetensorsFile.write(state, to: place.appendingPathComponent("model.safetensors"))
      try AtomicFile.write(config.huggingFaceJSON(), to: place.appendingPathComponent("config.json"))
    } else {
      try SafetensorsFile.write(state, to: place.appendingPathComponent("open_clip_model.safetensors"))
      try AtomicFile.write(
        OpenCLIPConfig(config, preprocessing).json(),
        to: place.appendingPathComponent("open_clip_config.json"))
    }
  }
}
