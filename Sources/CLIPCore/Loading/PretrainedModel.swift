import Checkpoint
import Foundation
import ImageCodec
import NN
import TensorCore
import Tokenizer

/// A CLIP with all that belongs to it: tokenizer, preprocessing, and where it came from.
///
/// On disk it is a folder as transformers lays it out: `config.json`, `model.safetensors`, `vocab.json`,
/// `merges.txt`, `preprocessor_config.json`.
public struct PretrainedModel {
  public let clip: CLIP
  public let tokenizer: BPETokenizer
  public let preprocessing: Preprocessing
  /// The folder it was read from.
  public let folder: URL

  public init(clip: CLIP, tokenizer: BPETokenizer, preprocessing: Preprocessing, folder: URL) {
    self.clip = clip
    self.tokenizer = tokenizer
    self.preprocessing = preprocessing
    self.folder = folder
  }

  public static func weightsFile(in folder: URL) -> URL { folder.appendingPathComponent("model.safetensors") }
  private static func configFile(in folder: URL) -> URL { folder.appendingPathComponent("config.json") }
  private static func preprocessorFile(in folder: URL) -> URL {
    folder.appendingPathComponent("preprocessor_config.json")
  }

  /// Reads a model folder; weights are mapped, not copied. Throws a `ClassifiedError` naming the file at fault.
  public static func load(folder: URL) throws -> PretrainedModel {
    let clip = try clip(in: folder)
    let config = clip.config
    let tokenizer = try BPETokenizer.load(folder)
    guard tokenizer.vocabularySize <= config.text.vocabularySize else {
      throw ModelError.badConfiguration(
        file: folder.path,
        problem: "its tokenizer has \(tokenizer.vocabularySize) tokens, "
          + "its text tower \(config.text.vocabularySize)")
    }
    let preprocessing = try preprocessing(in: folder)
    guard preprocessing.size == config.vision.imageSize else {
      throw ModelError.badConfiguration(
        file: preprocessorFile(in: folder).path,
        problem: "it makes images of \(preprocessing.size) pixels, "
          + "the model takes \(config.vision.imageSize)")
    }
    return PretrainedModel(clip: clip, tokenizer: tokenizer, preprocessing: preprocessing, folder: folder)
  }

  /// The architecture that a model folder describes.
  public static func config(in folder: URL) throws -> CLIPConfig {
    try CLIPConfig(huggingFace: read(configFile(in: folder)), file: configFile(in: folder).path)
  }

  /// The preprocessing that a model folder describes.
  public static func preprocessing(in folder: URL) throws -> Preprocessing {
    let file = preprocessorFile(in: folder)
    return try Preprocessing(huggingFace: read(file), name: file.path)
  }

  /// The towers of a model folder, without tokenizer and preprocessing; weights are mapped, not copied.
  public static func clip(in folder: URL) throws -> CLIP {
    let config = try config(in: folder)
    let weights = weightsFile(in: folder)
    let source = StateDictSource(
      try KeyMapRegistry.canonical(SafetensorsFile(url: weights).stateDict()), file: weights.path)
    let clip = CLIP(config: config, source: source)
    try source.finish()
    return clip
  }

  /// Writes the model as a folder that `load` and transformers read.
  public func save(to folder: URL) throws {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw CheckpointError.cannotCreate(file: folder.path, reason: "the folder cannot be made")
    }
    let state = try HuggingFaceKeyMap.fromCanonical(clip.store.state())
    try SafetensorsFile.write(state, to: Self.weightsFile(in: folder))
    try tokenizer.save(to: folder)
    try AtomicFile.write(preprocessing.huggingFaceJSON(), to: Self.preprocessorFile(in: folder))
    // Last, so that a folder with a configuration is a whole model.
    try AtomicFile.write(clip.config.huggingFaceJSON(), to: Self.configFile(in: folder))
  }

  private static func read(_ file: URL) throws(ModelError) -> Data {
    guard let data = try? Data(contentsOf: file) else {
      throw .missingFile(
        path: file.path,
        hint: "a model is a folder with config.json, model.safetensors, vocab.json, merges.txt and "
          + "preprocessor_config.json")
    }
    return data
  }
}
