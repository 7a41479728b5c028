import Checkpoint
import Datasets
import EvalShift
import Foundation
import TensorCore
import Training

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
    /// A trained head beside the weights, where the model was scored zero-shot nevertheless.
    public var unusedHead: String?
    /// Whether a pre-trained model was scored, not a run; without an adapter, alpha is 0 then.
    public var isZeroShot: Bool
    /// What the head was made from, where it is none that was trained with the run.
    public var head: String?
    /// The half of the classes that was scored alone; nil where all were.
    public var subsampleClasses: ClassHalf?
    /// Images left out because they cannot be decoded.
    public var skipped: [String] = []
    /// Datasets of which not all images were there: their scores are not comparable with published ones.
    public var partial: [Partial] = []
    /// Where the logits of every image were kept; nil where they were not.
    public var predictions: [String]?
    /// Why they could not be kept, if they could not.
    public var notKept: String?

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
      case model, alpha, results, skipped, partial, predictions
      case competition = "protocol"
      case averageShift = "average_shift"
      case unusedHead = "unused_head"
      case isZeroShot = "is_zero_shot"
      case head
      case subsampleClasses = "subsample_classes"
      case notKept = "not_kept"
    }
  }

  public let model: ScoredModel
  public let alpha: Double
  public let sets: [EvaluationSet]
  public let competition: Competition
  /// Where logits of every image are kept; nil keeps none.
  public let predictionsFolder: URL?

  public init(
    model: ScoredModel, alpha: Double, sets: [EvaluationSet], competition: Competition = .subset,
    predictionsFolder: URL?
  ) {
    self.competition = competition
    self.model = model
    self.alpha = alpha
    self.sets = sets
    self.predictionsFolder = predictionsFolder
  }

  public var work: Int { sets.reduce(0) { $0 + $1.dataset.count } }

  /// Scores everything. That predictions cannot be kept is part of the report: what was found is not lost for it.
  public func execute(observer: ShiftEvaluator.Observer = .init()) throws -> Report {
    let keep = predictionsFolder != nil
    let logits = sets.map { Tensor(zeros: [keep ? $0.dataset.count : 0, model.classes.count]) }
    let evaluator = ShiftEvaluator(config: model.config, preprocessing: model.preprocessing)
    let predictions = try evaluator.sweep(model.path, alphas: [alpha], sets: sets, observer: observer) {
      _, set, images, part in
      if keep { logits[set].rows(images).mutableBytes.copyMemory(from: part.bytes) }
    }
    let results = zip(sets, predictions[0]).map { $0.scores($1) }
    var report = Report(
      model: model.name, alpha: alpha, competition: competition, results: results,
      averageShift: Scores.averageShift(results.filter { $0.role == .shift }), isZeroShot: model.isZeroShot)
    if let predictionsFolder {
      do {
        report.predictions = try sets.indices.map { index in
          try save(logits[index], of: sets[index], scores: results[index], in: predictionsFolder).path
        }
      } catch let error as any ClassifiedError {
        report.notKept = error.description
      }
    }
    return report
  }

  /// `logits` [images, classes] and `target` [images], with paths, hashes and class names as metadata.
  ///
  /// The name of the file says which images it is about, not only what they are called.
  private func save(
    _ logits: Tensor, of set: EvaluationSet, scores: DatasetScores, in folder: URL
  ) throws -> URL {
    let targets = try set.mapping.targets(for: set.dataset.labels)
    var state: StateDict = ["logits": logits, "target": Tensor(targets, shape: [targets.count])]
    state.metadata["dataset"] = set.name
    state.metadata["paths"] = JSONFormat.line(set.images.entries.map(\.path))
    state.metadata["sha256"] = JSONFormat.line(set.images.entries.map(\.sha256))
    state.metadata["images_sha256"] = set.images.sha256
    state.metadata["classes"] = JSONFormat.line(model.classes.map(\.name))
    state.metadata["alpha"] = String(alpha)
    state.metadata["protocol"] = competition.rawValue
    state.metadata["precision"] = scores.provenance?.precision
    state.metadata["scores"] = JSONFormat.line(scores)
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw CheckpointError.cannotCreate(file: folder.path, reason: error.localizedDescription)
    }
    let key = [set.images.sha256, competition.rawValue, scores.provenance?.precision ?? ""]
    let hash = ContentHash.sha256(of: Data(key.joined(separator: " ").utf8)).prefix(8)
    let name = set.name.map { $0.isLetter || $0.isNumber || "-_.".contains($0) ? $0 : "_" }
    let file = folder.appendingPathComponent("\(String(name).prefix(100))-\(hash)@\(alpha).safetensors")
    try SafetensorsFile.write(state, to: file)
    return file
  }
}
