import CLIPCore
import Checkpoint
import Datasets
import Foundation
import PEFT
import TensorCore
import Tokenizer
import Training
import WiSE

/// A finished run with its weights.
public struct LoadedRun {
  public let folder: RunFolder
  public let record: RunRecord
  /// The run's classifier at every alpha.
  public let path: any AlphaPath
  /// What training ended with, with the method attached.
  public let tuned: ImageClassifier
  /// Where the model that it began from lies now.
  public let modelPlace: URL
  /// The classes of its head: those that were trained on, or those of a head made from text.
  public let classes: [DatasetClass]
  /// Whether the head was made from text, not trained.
  public let hasTextHead: Bool

  /// Classes for which a head is to be made from text, and their prompts.
  public struct TextHeadRequest {
    public let classes: [DatasetClass]
    public let templates: [String]
    let build: FineTuneJob.HeadBuilder

    public init(
      classes: [DatasetClass], templates: [String],
      build: @escaping FineTuneJob.HeadBuilder = FineTuneJob.buildHead
    ) {
      (self.classes, self.templates, self.build) = (classes, templates, build)
    }
  }

  /// Reads a run and the model it began from, which may lie elsewhere now. Throws if it is another model, or if the run
  /// is not finished.
  ///
  /// With `textHead`, its head is not the one that was trained, but what the text side makes of the prompts of other classes:
  /// the pre-trained one, or the run's own where it was tuned. Throws if the method trained something of each class.
  ///
  /// `shape` says what moves with alpha. Throws where nothing does.
  public static func load(
    _ folder: RunFolder, model moved: URL? = nil, textHead: TextHeadRequest? = nil,
    shape: AlphaShape = .plain
  ) throws -> LoadedRun {
    let record = try folder.record()
    guard record.status == .finished else {
      let next =
        folder.trainer.map { "it is being trained by \($0.description); wait for it" }
        ?? record.failure.map {
          "it failed: \($0.hasSuffix(".") ? String($0.dropLast()) : $0); go on with `clipft finetune --resume "
            + "'\(folder.url.relativePath)'` if the cause is gone, or train it anew"
        }
      throw TrainingError.badCheckpoint(
        file: folder.url.path,
        problem:
          "the run is not finished (\(next ?? "finish it with `clipft finetune --resume '\(folder.url.relativePath)'`"))"
      )
    }
    try requireOwnFiles(folder, record)
    let place = try modelPlace(of: record, moved: moved)
    let assembly = try ClassifierAssembly(record, textHead: textHead)
    let remedy = "put back the run's own file, or train the run anew"
    let (clip, tokenizer): (CLIP, BPETokenizer?)
    let head: StateDict
    if let textHead {
      let model = try pretrainedModel(of: record, at: place)
      (clip, tokenizer) = (model.clip, model.tokenizer)
      head = try textHead.build(model, textHead.classes.map(\.name), textHead.templates).state()
    } else {
      (clip, tokenizer) = try parts(of: record, at: place, withText: assembly.headReadsText)
      head = try OwnFile.state(folder.startHeadFile, remedy: remedy)
    }
    func classifier(_ state: StateDict) throws -> ImageClassifier {
      try assembly.classifier(
        clip: clip, tokenizer: tokenizer, withText: assembly.headReadsText, replacing: state,
        file: folder.url.path)
    }
    let tuned = try classifier(head)
    let start = tuned.plainState()
    try assembly.adapt(
      tuned, seed: record.settings.seeds.initialization,
      examples: TrainingExamples(count: record.data.train.n, images: nil, classifier: tuned))
    var trained = try OwnFile.state(folder.tunedFile, remedy: remedy)
    if textHead != nil {
      try requireNothingOfClasses(trained, tuned, record)
      for (name, value) in head where trained[name] != nil { trained[name] = value }
    }
    try tuned.restoreTuned(trained, file: folder.tunedFile.path)
    let path: any AlphaPath =
      if let merged = tuned.mergedState() {
        InterpolatedWeights(
          try classifier(head), endpoints: WeightEndpoints(pretrained: start, finetuned: merged),
          readsText: record.towers.contains(.text), shape: shape)
      } else {
        GatedModules(tuned, shape: shape)
      }
    if !shape.isWhole { try path.requireMovement() }
    return LoadedRun(
      folder: folder, record: record, path: path, tuned: tuned, modelPlace: place,
      classes: textHead?.classes ?? record.data.classes, hasTextHead: textHead != nil)
  }

  /// Throws if training ended with something besides the plain head that has the shape of the run's classes.
  private static func requireNothingOfClasses(
    _ trained: StateDict, _ classifier: ImageClassifier, _ record: RunRecord
  ) throws(TrainingError) {
    let head = [classifier.headWeight.path, classifier.headBias.path]
    let saved = classifier.adaptation?.saved ?? []
    let odd = saved.first { parameter in
      !head.contains(parameter.path)
        && trained[parameter.path].map(\.shape) ?? parameter.shape != parameter.shape
    }
    guard odd != nil || classifier.adaptation?.headModule?.isOfTrainedClasses ?? false else { return }
    throw .badSetting(
      "What \(record.method) adds is of the run's own classes\(odd.map { " (\($0.path))" } ?? ""), so it has no head for others; "
        + "score data of its classes.")
  }

  /// The run's weights before and after training as plain weights. Throws, saying why, where what the method added cannot
  /// become plain weights.
  public func plainEndpoints() throws(TrainingError) -> WeightEndpoints {
    if let interpolated = path as? InterpolatedWeights { return interpolated.endpoints }
    let reason = path.classifier.adaptation?.foldingObstacle ?? "what it added is no weights"
    throw .badSetting(
      "\(folder.url.relativePath) cannot be exported as plain weights: \(record.method)'s are more than that (\(reason)); "
        + "it can be scored with `clipft eval-shift --run` and traced with `clipft wise`.")
  }

  /// Throws unless the weights in the folder are those that training ended with, and the head the one that it began from,
  /// where the record tells.
  private static func requireOwnFiles(_ folder: RunFolder, _ record: RunRecord) throws {
    let recorded = [
      (folder.tunedFile, record.result?.tunedSha256), (folder.startHeadFile, record.result?.startHeadSha256),
    ]
    for case (let file, let hash?) in recorded {
      let own = try OwnFile.reading(file, remedy: "put back the run's own file, or train the run anew") {
        try ContentHash.sha256(of: file)
      }
      guard own != hash else { continue }
      throw TrainingError.badCheckpoint(
        file: file.path,
        problem:
          "it has changed since the run was trained: its SHA-256 differs from run.json's; put back the run's own "
          + "file, or train the run anew")
    }
    if let difference = try RunIdentity.of(folder.tunedFile)?.difference(from: RunIdentity(record)) {
      throw TrainingError.badCheckpoint(
        file: folder.recordFile.path,
        problem:
          "it has changed since the run was trained: \(folder.tunedFile.lastPathComponent) says otherwise of \(difference); "
          + "put back the run's own record, or train the run anew")
    }
  }

  /// What to do about a model that is not the run's; `place` is where it was looked for.
  private static func advice(_ record: RunRecord, at place: URL) -> String {
    guard place.standardizedFileURL.path != URL(fileURLWithPath: record.model.path).standardizedFileURL.path
    else {
      return "say where the model is now with --model"
    }
    return
      "--model beside a run says where the model lies now that the run began from (\(record.spec.model) then); to "
      + "score another model, leave the run away"
  }

  /// Where the model lies from which a run began: where it lay, or `moved`. Throws if nothing is there.
  public static func modelPlace(of record: RunRecord, moved: URL?) throws(TrainingError) -> URL {
    let place = moved ?? URL(fileURLWithPath: record.model.path)
    guard FileManager.default.fileExists(atPath: place.path) else {
      throw .missingInput(
        path: place.path, what: "the model that the run began from", advice: advice(record, at: place))
    }
    return place
  }

  /// What `load` reads at `place`, where the model lies from which a run began. Throws unless its weights are those that the
  /// run recorded, and stay so meanwhile.
  public static func model<Model>(
    of record: RunRecord, at place: URL, load: () throws -> Model
  ) throws -> Model {
    let files = try ModelFiles(place)
    return try files.whileUnchanged {
      guard try files.sha256() == record.model.sha256 else {
        throw TrainingError.badCheckpoint(
          file: files.weights.path,
          problem:
            "it is not the model that the run began from: its SHA-256 differs from run.json's; \(advice(record, at: place))"
        )
      }
      try files.requireConfiguration(record.model.architecture, of: "run.json")
      return try load()
    }
  }

  /// The same with the tokenizer, which must be the one that the run recorded, seeing images as the run recorded it: what
  /// lies beside the weights may have been edited since, of which a note of the model's tells.
  public static func pretrainedModel(of record: RunRecord, at place: URL) throws -> PretrainedModel {
    let architecture = record.model.architecture
    var model = try model(of: record, at: place) {
      try PretrainedModel.load(place, config: architecture, imageSize: architecture.vision.imageSize)
    }
    if let recorded = record.model.tokenizerSha256,
      ContentHash.sha256(of: model.tokenizer.identity) != recorded
    {
      throw TrainingError.badCheckpoint(
        file: place.path,
        problem:
          "its tokenizer is not the one that the run was made with: it makes other tokens of texts, or may; put back "
          + "the vocabulary and tokenizer settings that it had")
    }
    try model.clip.merge(record.model.adapter)
    model.adapter = record.model.adapter
    return model.seeing(record.model.preprocessing)
  }

  /// The model that a run began from, with the tokenizer only where text is read.
  private static func parts(
    of record: RunRecord, at place: URL, withText: Bool
  ) throws -> (clip: CLIP, tokenizer: BPETokenizer?) {
    guard !withText else {
      let model = try pretrainedModel(of: record, at: place)
      return (model.clip, model.tokenizer)
    }
    let architecture = record.model.architecture
    let clip = try model(of: record, at: place) {
      try PretrainedModel.clip(in: place, config: architecture, imageSize: architecture.vision.imageSize)
    }
    try clip.merge(record.model.adapter)
    return (clip, nil)
  }
}

extension CLIP {
  /// The image tower with its projection, by name.
  public func visionState() -> StateDict { store.state { $0.path.hasPrefix("visual.") } }
}

extension ZeroShotHead {
  /// The head as a classifier's parameters: the class weights, and biases of 0.
  public func state() -> StateDict {
    [
      "classification_head.weight": weight,
      "classification_head.bias": Tensor(zeros: [weight.shape[0]]),
    ]
  }
}
