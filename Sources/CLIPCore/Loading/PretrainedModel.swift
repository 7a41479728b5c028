import Checkpoint
import Foundation
import ImageCodec
import NN
import TensorCore
import Tokenizer

/// An adapter that was folded into a model's weights.
public struct MergedAdapter: Codable, Sendable, Equatable {
  /// Its folder; absolute.
  public var path: String
  /// SHA-256 of its settings and weights.
  public var sha256: String

  public init(path: String, sha256: String) {
    self.path = path
    self.sha256 = sha256
  }
}

/// A CLIP with all that belongs to it: tokenizer, preprocessing, and where it came from.
///
/// It is written as a folder that transformers reads: `config.json`, `model.safetensors`, `vocab.json`, `merges.txt`,
/// `preprocessor_config.json`; and read from there, or from what `ModelFiles` finds.
public struct PretrainedModel {
  public let clip: CLIP
  public let tokenizer: BPETokenizer
  public let preprocessing: Preprocessing
  /// The folder, or the file of weights, it was read from.
  public let place: URL
  /// What its reader must know of the weights, a sentence each.
  public let notes: [String]
  /// What was folded into the weights after they were read; nil where nothing was.
  public var adapter: MergedAdapter?
  /// What was read, and when; nil of a model that was not read.
  private let origin: (files: ModelFiles, moment: ModelFiles.Moment)?

  public init(clip: CLIP, tokenizer: BPETokenizer, preprocessing: Preprocessing, place: URL) {
    self.init(
      clip: clip, tokenizer: tokenizer, preprocessing: preprocessing, place: place, notes: [], origin: nil)
  }

  private init(
    clip: CLIP, tokenizer: BPETokenizer, preprocessing: Preprocessing, place: URL, notes: [String],
    origin: (files: ModelFiles, moment: ModelFiles.Moment)?
  ) {
    self.clip = clip
    self.tokenizer = tokenizer
    self.preprocessing = preprocessing
    self.place = place
    self.notes = notes
    self.origin = origin
  }

  /// SHA-256 of the weights that were read. Throws if the files have changed since.
  public func weightsSHA256() throws -> String {
    guard let origin else { return try ModelFiles(place).sha256() }
    let hash = try origin.files.sha256()
    try origin.files.expectUnchanged(since: origin.moment)
    return hash
  }

  /// The same model seeing images as it was recorded, whatever lies beside its weights now; a note names the file that says
  /// otherwise.
  public func seeing(_ recorded: Preprocessing) -> PretrainedModel {
    guard recorded != preprocessing else { return self }
    let found: (value: Preprocessing, file: String)? = origin.flatMap {
      try? $0.files.preprocessing(size: recorded.size)
    }
    let file = found.flatMap { FileManager.default.fileExists(atPath: $0.file) ? $0.file : nil }
    let note = file.map {
      "\($0) says another preprocessing than was recorded when the model was used first; the recorded one is used"
    }
    var model = PretrainedModel(
      clip: clip, tokenizer: tokenizer, preprocessing: recorded, place: place,
      notes: notes + [note].compactMap { $0 }, origin: origin)
    model.adapter = adapter
    return model
  }

  /// The file of weights in a folder that this program wrote.
  public static func weightsFile(in folder: URL) -> URL { folder.appendingPathComponent("model.safetensors") }

  /// Reads a model folder, or a file of weights with what lies beside it. Weights are copied: what becomes of the files
  /// later changes nothing.
  ///
  /// `config` is the architecture where it is known, else it is read as `ModelFiles` says. `imageSize` is the side of the
  /// images it is to see, if not that of its training: position embeddings are resized. Throws a `ClassifiedError` naming
  /// the file at fault.
  public static func load(
    _ place: URL, config: CLIPConfig? = nil, imageSize: Int? = nil,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws -> PretrainedModel {
    let files = try ModelFiles(place)
    let moment = try files.now()
    let (clip, notes) = try clip(files, config: config, imageSize: imageSize)
    let config = clip.config
    let tokenizer = try files.tokenizer(environment: environment)
    if let added = tokenizer.addedTokens.first(where: { $0.id >= config.text.vocabularySize }) {
      throw ModelError.badConfiguration(
        file: place.path,
        problem:
          "the added token '\(added.content)' of its tokenizer has the id \(added.id), but its text tower has "
          + "embeddings for \(config.text.vocabularySize) tokens only; resize the embeddings and train them, or leave "
          + "the token out")
    }
    guard tokenizer.vocabularySize <= config.text.vocabularySize else {
      throw ModelError.badConfiguration(
        file: place.path,
        problem: "its tokenizer has \(tokenizer.vocabularySize) tokens, "
          + "its text tower \(config.text.vocabularySize)")
    }
    if case .firstToken(let id) = config.text.pooling, id != tokenizer.endToken {
      throw ModelError.badConfiguration(
        file: place.path,
        problem:
          "its text tower reads a text at token \(id), but its tokenizer ends texts with \(tokenizer.endToken); "
          + "use the model's own tokenizer, or correct eos_token_id (eos_id in open_clip's configuration)")
    }
    var (preprocessing, preprocessingFile) = try files.preprocessing(size: config.vision.imageSize)
    if let imageSize { preprocessing.size = imageSize }
    guard preprocessing.size == config.vision.imageSize else {
      throw ModelError.badConfiguration(
        file: preprocessingFile,
        problem: "it makes images of \(preprocessing.size) pixels, "
          + "the model takes \(config.vision.imageSize)")
    }
    return PretrainedModel(
      clip: clip, tokenizer: tokenizer, preprocessing: preprocessing, place: place, notes: notes,
      origin: (files, moment))
  }

  /// The towers of a model, without tokenizer and preprocessing.
  public static func clip(in place: URL, config: CLIPConfig? = nil, imageSize: Int? = nil) throws -> CLIP {
    try clip(ModelFiles(place), config: config, imageSize: imageSize).clip
  }

  private static func clip(
    _ files: ModelFiles, config: CLIPConfig?, imageSize: Int?
  ) throws -> (clip: CLIP, notes: [String]) {
    let weights = try files.state()
    var config = try files.config(named: config) { weights.outline }
    var state = weights.state
    if let imageSize {
      let patch = config.vision.patchSize
      guard (patch...4096).contains(imageSize), imageSize % patch == 0 else {
        throw ModelError.badImageSize(imageSize, patch: patch)
      }
      config.vision.imageSize = imageSize
      state = ResizedPositions.fitting(config.vision, state)
    }
    let source = StateDictSource(state, file: files.weights.path)
    let clip = CLIP(config: config, source: source)
    try source.finish()
    return (clip, weights.notes)
  }

  /// Writes the model as a folder that `load` and transformers read.
  public func save(to folder: URL) throws { try save(.huggingFace, to: folder) }

  /// Writes the model in a layout, as a folder or, where `place` is called so, a file of weights. What its reader must know
  /// is returned, a sentence each.
  @discardableResult
  public func save(_ layout: ModelLayout, to place: URL) throws -> [String] {
    try layout.write(
      ModelLayout.Parts(
        state: clip.store.state(), config: clip.config, preprocessing: preprocessing, tokenizer: tokenizer),
      to: place)
  }
}
