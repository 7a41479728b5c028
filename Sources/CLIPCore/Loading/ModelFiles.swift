import Checkpoint
import Foundation
import ImageCodec
import NN
import TensorCore
import Tokenizer

/// Where the parts of a model lie: in one folder, or beside a file of weights.
///
/// What decides is what the model's own library would read: open_clip's configuration with open_clip's weights, else
/// transformers' with its own. A `config.json` of another library is not taken for a CLIP's.
public struct ModelFiles {
  /// The file of weights, or the index of its shards.
  public let weights: URL
  private let folder: URL
  private let isFolder: Bool
  /// Whether `open_clip_config.json` decides, not transformers' `config.json`.
  public let isOpenCLIP: Bool
  /// What to say where weights are asked for and the folder has none.
  private let missing: ModelError?

  /// `place` is a folder or a file of weights.
  public init(_ place: URL) throws(ModelError) {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: place.path, isDirectory: &isFolder) else {
      throw .missingFile(path: place.path, hint: ModelFolder.anatomy)
    }
    self.isFolder = isFolder.boolValue
    if isFolder.boolValue {
      let found = try ModelFolder(place)
      (folder, weights, isOpenCLIP, missing) = (found.url, found.weights, found.isOpenCLIP, found.missing)
      return
    }
    missing = nil
    weights = place
    folder = place.deletingLastPathComponent()
    let names = ModelFolder.names(in: folder)
    try AdapterFiles.refuse(in: folder, names: AdapterFiles.isOne(place) ? [place.lastPathComponent] : names)
    let isNamedSo = ModelFolder.openCLIPNames.contains(place.lastPathComponent)
    let config = try ConfigFile(folder)
    isOpenCLIP = names.contains(ModelFolder.openCLIPName) && (isNamedSo || !config.isCLIP)
  }

  /// The folder of a model, of a file that bears the name of a folder's weights; nil of another, beside which anything may
  /// lie.
  public static func folder(ofWeights file: URL) -> URL? {
    let names = ModelFolder.transformersNames + ModelFolder.openCLIPNames
    return names.contains(file.lastPathComponent) ? file.deletingLastPathComponent() : nil
  }

  /// Weights as they are computed with.
  struct Weights {
    /// Under canonical names.
    let state: StateDict
    let outline: WeightOutline
    /// What its reader must know, a sentence each.
    let notes: [String]
  }

  /// Reads them. Throws if there are none, or if they are no plain CLIP's.
  func state() throws -> Weights {
    if let missing { throw missing }
    let stored = try TensorFormats.open(weights).stateDict()
    try AdapterFiles.refuse(stored.names, file: weights)
    let state = try KeyMapRegistry.canonical(stored).filter { !Self.isOfHead($0) }
    try ForeignTowers.refuse(state.names, file: weights)
    let outline = WeightOutline(
      names: state.names, shape: { state[$0]?.shape }, isOpenAI: Self.isOpenAI(stored.names))
    return Weights(state: state, outline: outline, notes: notes(stored.metadata))
  }

  /// Weights that fit an architecture, of which each tensor is read when it is asked for.
  public struct Opened {
    public let tensors: CanonicalTensors
    /// Canonical names of the towers' tensors.
    public let names: [String]
    public let config: CLIPConfig
    /// As the model's own library would see images.
    public let preprocessing: Preprocessing
    /// What its reader must know, a sentence each.
    public let notes: [String]
  }

  /// Opens them; `named` is the architecture where it is known. Throws as `state` does, or if they do not fit.
  public func opened(named: CLIPConfig? = nil) throws -> Opened {
    if let missing { throw missing }
    let file = try TensorFormats.open(weights)
    try AdapterFiles.refuse(file.names, file: weights)
    let tensors = try CanonicalTensors(file)
    let names = tensors.names.filter { !Self.isOfHead($0) }
    try ForeignTowers.refuse(names, file: weights)
    let config = try config(named: named) {
      WeightOutline(names: names, shape: tensors.shape, isOpenAI: Self.isOpenAI(file.names))
    }
    let check = OutlineSource(names: names, shape: tensors.shape, file: weights.path)
    _ = CLIP(config: config, source: check)
    try check.finish()
    return Opened(
      tensors: tensors, names: names, config: config,
      preprocessing: try preprocessing(size: config.vision.imageSize), notes: notes(tensors.metadata))
  }

  /// A fine-tuned classifier brings a head, which is no part of a CLIP.
  private static func isOfHead(_ name: String) -> Bool { name.hasPrefix("classification_head.") }

  private static func isOpenAI(_ names: [String]) -> Bool {
    names.contains { $0 == "input_resolution" || $0.hasSuffix(".input_resolution") }
  }

  private func notes(_ metadata: [String: String]) -> [String] {
    guard let others = metadata["others"] else { return [] }
    return [
      "\(weights.path) holds several sets of weights: '\(metadata["entry"] ?? "")' was read, \(others) was not"
    ]
  }

  /// The weights as they lie on disk at one moment.
  struct Moment: Equatable {
    fileprivate let files: [FileState]
  }

  func now() throws -> Moment {
    Moment(files: try files().map { (file) throws(CheckpointError) in try FileState(file) })
  }

  /// The file of weights; of shards, the index and each of them. Throws, saying what is there instead, without any.
  private func files() throws -> [URL] {
    if let missing { throw missing }
    // Only an index is opened: what is compressed would be decompressed for nothing.
    guard weights.lastPathComponent.contains(".json") else { return [weights] }
    return try TensorFormats.open(weights).files
  }

  /// SHA-256 of the file of weights; of shards, that of the hashes of index and shards, a line each.
  public func sha256() throws -> String {
    let files = try files()
    guard files.count > 1 else { return try ContentHash.sha256(of: files[0]) }
    var lines = ""
    for file in files { lines += try ContentHash.sha256(of: file) + "\n" }
    return ContentHash.sha256(of: Data(lines.utf8))
  }

  /// What `body` makes of the weights. Throws if they are written to meanwhile.
  public func whileUnchanged<Result>(_ body: () throws -> Result) throws -> Result {
    let before = try now()
    let result = try body()
    try expectUnchanged(since: before)
    return result
  }

  /// Throws unless the weights are as they were at a moment before.
  func expectUnchanged(since moment: Moment) throws {
    guard try now() == moment else { throw CheckpointError.changed(file: weights.path) }
  }

  // MARK: Architecture

  /// The configuration beside the weights, else what their shapes imply, where their origin tells the activation.
  public func config() throws -> CLIPConfig { try config { try state().outline } }

  /// `named`, where it is given; throws if a folder says otherwise, but for the size of its images.
  func config(named: CLIPConfig?, _ weights: () throws -> WeightOutline) throws -> CLIPConfig {
    guard let named else { return try config(weights) }
    guard try agrees(with: named) else {
      throw ModelError.badConfiguration(
        file: folder.path,
        problem: "its configuration describes another architecture than the one named; leave --arch away")
    }
    return named
  }

  /// Throws if the configuration of a folder says another architecture, but for the size of its images, than a record of
  /// the model, which `record` names.
  public func requireConfiguration(_ recorded: CLIPConfig, of record: String) throws {
    guard try !agrees(with: recorded) else { return }
    throw ModelError.badConfiguration(
      file: path(isOpenCLIP ? ModelFolder.openCLIPName : ModelFolder.configName),
      problem:
        "it has changed: it describes another architecture than \(record) recorded; put the one back that "
        + "belongs to the weights")
  }

  /// Whether a folder's configuration, if it has one, means this architecture, but for the size of its images.
  private func agrees(with config: CLIPConfig) throws -> Bool {
    guard isFolder, var own = try configured() else { return true }
    own.vision.imageSize = config.vision.imageSize
    return own == config
  }

  /// What a configuration beside the weights says; nil without one.
  private func configured() throws -> CLIPConfig? {
    if isOpenCLIP { return try openCLIP()?.config(file: path(ModelFolder.openCLIPName)) }
    let file = try ConfigFile(folder)
    guard let json = file.json else { return nil }
    guard file.isCLIP else {
      // Beside a single file, it may belong to anything.
      if isFolder { throw file.refusal }
      return nil
    }
    let config = try CLIPConfig(huggingFace: json, file: file.file.path)
    if let other = try openCLIP()?.config(file: path(ModelFolder.openCLIPName)), !other.isSame(as: config) {
      throw ModelError.badConfiguration(
        file: file.file.path,
        problem:
          "it describes another architecture than \(ModelFolder.openCLIPName) beside it; remove the one that "
          + "does not belong to \(weights.lastPathComponent)")
    }
    return config
  }

  /// The same; `weights` are asked for only if they are needed.
  func config(_ weights: () throws -> WeightOutline) throws -> CLIPConfig {
    if let configured = try configured() { return configured }
    let read = try weights()
    guard read.isOpenAI else {
      let file = try ConfigFile(folder)
      let missing = file.foreignness.map { "config.json beside it is no CLIP's (\($0))" }
      throw ModelError.badConfiguration(
        file: self.weights.path,
        problem:
          "\(missing ?? "there is no config.json beside it"), and weights do not tell the activation; name the "
          + "architecture with --arch, such as ViT-B-32 (GELU) or ViT-B-32-quickgelu (as OpenAI's)")
    }
    return try CLIPConfig(inferredFrom: read, activation: .quickGELU, file: self.weights.path)
  }

  // MARK: Preprocessing

  private static let processorName = "processor_config.json"
  private static let preprocessorName = "preprocessor_config.json"

  /// As configured beside the weights, else OpenAI's for the model's size.
  public func preprocessing() throws -> Preprocessing { try preprocessing(size: config().vision.imageSize) }

  /// The same for images of `size`.
  func preprocessing(size: Int) throws -> Preprocessing { try preprocessing(size: size).value }

  /// With the file that it is from.
  func preprocessing(size: Int) throws -> (value: Preprocessing, file: String) {
    func fromOpenCLIP() throws -> (Preprocessing, String)? {
      let file = path(ModelFolder.openCLIPName)
      return try openCLIP().map { (try $0.preprocessing(size: size, file: file), file) }
    }
    if isOpenCLIP, let own = try fromOpenCLIP() { return own }
    // In the order in which transformers looks.
    if let json = try read(Self.processorName),
      let nested = try Preprocessing(huggingFaceProcessor: json, name: path(Self.processorName))
    {
      return (nested, path(Self.processorName))
    }
    if let json = try read(Self.preprocessorName) {
      let file = path(Self.preprocessorName)
      return (try Preprocessing(huggingFace: json, name: file), file)
    }
    return try fromOpenCLIP() ?? (.clip(size: size), path(Self.preprocessorName))
  }

  private func openCLIP() throws -> OpenCLIPConfig? {
    try read(ModelFolder.openCLIPName).map { (json) throws(ModelError) in
      try OpenCLIPConfig(json, file: path(ModelFolder.openCLIPName))
    }
  }

  private func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  private func read(_ name: String) throws(CheckpointError) -> Data? {
    let file = folder.appendingPathComponent(name)
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    return try InputFile.read(file)
  }

  // MARK: Tokenizer

  /// The vocabulary beside the weights, else the one that `$CLIPFT_TOKENIZER` names, else that of a CLIP in Hugging
  /// Face's cache, else the one that `make setup` fetched.
  public func tokenizer(environment: [String: String]) throws -> BPETokenizer {
    guard let tokenizer = try tokenizerIfAny(environment: environment) else {
      throw ModelError.missingFile(
        path: path("vocab.json"),
        hint:
          "put CLIP's vocabulary (vocab.json and merges.txt, tokenizer.json, or bpe_simple_vocab_16e6.txt.gz) there, "
          + "name it with $CLIPFT_TOKENIZER, or fetch it with `make setup`")
    }
    return tokenizer
  }

  /// The same; nil where there is none, while one that cannot be read is an error.
  public func tokenizerIfAny(environment: [String: String]) throws -> BPETokenizer? {
    try VocabularyPlaces.find(beside: folder, environment: environment).map {
      try BPETokenizer.load($0, for: library(ofVocabulary: $0))
    }
  }

  /// The library that would read the vocabulary with this model. One that lies elsewhere says nothing about that.
  private func library(ofVocabulary place: URL) throws -> TokenizerLibrary {
    if isOpenCLIP { return .openCLIP }
    let isBeside = [place, place.deletingLastPathComponent()].contains { $0.path == folder.path }
    return try isBeside || ConfigFile(folder).isCLIP ? .transformers : .openCLIP
  }
}

extension CLIPConfig {
  /// Whether two descriptions mean one model, of which one may leave the end token to the vocabulary.
  fileprivate func isSame(as other: CLIPConfig) -> Bool {
    var other = other
    other.text.pooling = text.pooling
    return self == other
  }
}
