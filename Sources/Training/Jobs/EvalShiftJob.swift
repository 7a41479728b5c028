import CLIPCore
import Checkpoint
import Datasets
import EvalShift
import Foundation
import ImageCodec
import TensorCore
import WiSE

/// What is scored: weights with a head, as a run or a zero-shot model gives them.
public struct ScoredModel {
  /// For records: a run's or a model's path.
  public let name: String
  public let config: CLIPConfig
  public let preprocessing: Preprocessing
  public let classes: [DatasetClass]
  public let endpoints: WeightEndpoints

  public init(run: LoadedRun) {
    name = run.folder.url.path
    config = run.record.model.architecture
    preprocessing = run.record.model.preprocessing
    classes = run.record.data.classes
    endpoints = run.endpoints
  }

  /// A pre-trained model with its zero-shot head for `classes`.
  public init(model: PretrainedModel, name: String, classes: [DatasetClass], head: ZeroShotHead) {
    self.name = name
    config = model.clip.config
    preprocessing = model.preprocessing
    self.classes = classes
    let state = model.clip.visionState().merging(head.state())
    endpoints = WeightEndpoints(pretrained: state, finetuned: state)
  }
}

/// Scores one model at one alpha on any datasets.
public struct EvalShiftJob {
  /// What `clipft eval-shift --json` prints.
  public struct Report: Codable, Sendable {
    public var model: String
    public var alpha: Double
    /// Which classes competed for the images of a dataset that has only some of the head's.
    public var competition: Competition
    public var results: [DatasetScores]
    public var averageShift: Double?
    /// Images left out because they cannot be decoded.
    public var skipped: [String] = []
    /// Datasets of which not all images were there: their scores are not comparable with published ones.
    public var partial: [Partial] = []

    public struct Partial: Codable, Sendable {
      public let dataset: String
      public let found: Int
      public let expected: Int

      public init(dataset: String, found: Int, expected: Int) {
        self.dataset = dataset
        self.found = found
        self.expected = expected
      }
    }

    private enum CodingKeys: String, CodingKey {
      case model, alpha, results, skipped, partial
      case competition = "protocol"
      case averageShift = "average_shift"
    }
  }

  public let model: ScoredModel
  public let alpha: Double
  public let datasets: [any ImageDataset]
  public let competition: Competition
  /// Where logits of every image are kept; nil keeps none.
  public let predictionsFolder: URL?

  public init(
    model: ScoredModel, alpha: Double, datasets: [any ImageDataset], competition: Competition = .subset,
    predictionsFolder: URL?
  ) {
    self.competition = competition
    self.model = model
    self.alpha = alpha
    self.datasets = datasets
    self.predictionsFolder = predictionsFolder
  }

  public var work: Int { datasets.reduce(0) { $0 + $1.count } }

  public func execute(observer: ShiftEvaluator.Observer = .init()) throws -> Report {
    var sets: [EvaluationSet] = []
    for dataset in datasets {
      sets.append(
        try EvaluationSet(
          dataset, role: dataset.role, headClasses: model.classes, competition: competition))
    }
    let keep = predictionsFolder != nil
    let logits = datasets.map { Tensor(zeros: [keep ? $0.count : 0, model.classes.count]) }
    let evaluator = ShiftEvaluator(config: model.config, preprocessing: model.preprocessing)
    let predictions = try evaluator.sweep(model.endpoints, alphas: [alpha], sets: sets, observer: observer) {
      _, set, images, part in
      if keep { logits[set].rows(images).mutableBytes.copyMemory(from: part.bytes) }
    }
    if let predictionsFolder {
      for (index, set) in sets.enumerated() { try save(logits[index], of: set, in: predictionsFolder) }
    }
    let results = zip(sets, predictions[0]).map {
      DatasetScores(dataset: $0.name, role: $0.role, predictions: $1)
    }
    return Report(
      model: model.name, alpha: alpha, competition: competition, results: results,
      averageShift: Scores.averageShift(results.filter { $0.role == .shift }))
  }

  /// `logits` [images, classes] and `target` [images], with paths and class names as metadata.
  private func save(_ logits: Tensor, of set: EvaluationSet, in folder: URL) throws {
    let targets = try set.mapping.targets(for: set.dataset.labels)
    var state: StateDict = ["logits": logits, "target": Tensor(targets, shape: [targets.count])]
    state.metadata["paths"] = String(decoding: try JSONEncoder().encode(set.dataset.paths), as: UTF8.self)
    state.metadata["classes"] = String(
      decoding: try JSONEncoder().encode(model.classes.map(\.name)), as: UTF8.self)
    state.metadata["alpha"] = String(alpha)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let name = "\(set.name)@\(alpha)".map { $0.isLetter || $0.isNumber || "-_.@".contains($0) ? $0 : "_" }
    try SafetensorsFile.write(state, to: folder.appendingPathComponent(String(name) + ".safetensors"))
  }
}
