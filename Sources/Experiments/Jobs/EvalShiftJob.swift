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
    /// How well outliers are told from the first target set, or the first set; nil where none were named.
    public var outliers: [OutlierScore]?
    /// What fine-tuning did to accuracy elsewhere; nil where that was not asked for.
    public var retention: [RetentionScore]?

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

    /// `results` of a model at an alpha, of which no other part is known yet.
    public init(
      model: String, alpha: Double, competition: Competition = .subset, results: [DatasetScores] = [],
      averageShift: Double? = nil, isZeroShot: Bool
    ) {
      (self.model, self.alpha, self.competition) = (model, alpha, competition)
      (self.results, self.averageShift, self.isZeroShot) = (results, averageShift, isZeroShot)
    }

    private enum CodingKeys: String, CodingKey {
      case model, alpha, results, skipped, partial, predictions, outliers, retention
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
  /// Images by which a temperature is fitted: validation images. Nil fits none.
  public let calibration: EvaluationSet?
  /// What is told from the first target among `sets`, or from the first of them.
  public let outliers: [OutlierSet]
  /// How intervals that are not exact are found.
  public let resampling: Resampling
  /// Where logits of every image are kept; nil keeps none.
  public let predictionsFolder: URL?
  /// Whether features of the image tower are kept with them.
  public let keepsFeatures: Bool

  public init(
    model: ScoredModel, alpha: Double, sets: [EvaluationSet], competition: Competition = .subset,
    calibration: EvaluationSet? = nil, outliers: [OutlierSet] = [], resampling: Resampling = Resampling(),
    predictionsFolder: URL?, keepsFeatures: Bool = false
  ) {
    self.outliers = outliers
    self.keepsFeatures = keepsFeatures
    self.calibration = calibration
    self.resampling = resampling
    self.competition = competition
    self.model = model
    self.alpha = alpha
    self.sets = sets
    self.predictionsFolder = predictionsFolder
  }

  /// Everything that is scored: images by which a temperature is fitted may be among what was asked for.
  private var scored: [EvaluationSet] {
    sets + (calibration.map { one in calibrationPlace == nil ? [one] : [] } ?? [])
  }
  /// Their place, where they were asked for.
  private var calibrationPlace: Int? {
    calibration.flatMap { one in sets.firstIndex { $0.images.sha256 == one.images.sha256 } }
  }

  /// The place of the set that outliers are told from; nil where there are none.
  private var insidePlace: Int? {
    outliers.isEmpty ? nil : sets.firstIndex { $0.role == .target } ?? sets.indices.first
  }

  public var work: Int {
    scored.reduce(0) { $0 + $1.dataset.count } + outliers.reduce(0) { $0 + $1.dataset.count }
  }

  /// Scores everything. That predictions cannot be kept is part of the report: what was found is not lost for it.
  public func execute(observer: ShiftEvaluator.Observer = .init()) throws -> Report {
    let keep = predictionsFolder != nil
    let inside = insidePlace
    if let inside { for set in outliers { try set.requireApart(from: sets[inside]) } }
    var known = DetectionScores()
    let logits = sets.map { Tensor(zeros: [keep ? $0.dataset.count : 0, model.classes.count]) }
    var features = [Tensor?](repeating: nil, count: sets.count)
    let evaluator = ShiftEvaluator(config: model.config, preprocessing: model.preprocessing)
    let targets = sets.indices.filter { sets[$0].role == .target }
    let found = try evaluator.sweep(
      model.path, alphas: [alpha], sets: scored,
      calibration: calibration.map { _ in calibrationPlace ?? sets.count },
      target: targets.count == 1 ? targets[0] : nil, withFeatures: keep && keepsFeatures, observer: observer
    ) { _, set, images, part, found in
      if set == inside { try known.add(part) }
      guard keep, set < sets.count else { return }
      logits[set].rows(images).mutableBytes.copyMemory(from: part.bytes)
      guard let found else { return }
      let all = features[set] ?? Tensor(zeros: [sets[set].dataset.count, found.shape[1]])
      all.rows(images).mutableBytes.copyMemory(from: found.bytes)
      features[set] = all
    }[0]
    let results = sets.indices.map { place in
      sets[place].scores(
        found.predictions[place],
        twin: found.twins[place].flatMap { TwinScore(dataset: sets[targets[0]].name, predictions: $0) },
        resampling: resampling)
    }
    var report = Report(
      model: model.name, alpha: alpha, competition: competition, results: results,
      averageShift: Scores.averageShift(results.filter { $0.role == .shift }), isZeroShot: model.isZeroShot)
    if let inside {
      report.outliers = try outliers.map { set in
        var unknown = DetectionScores()
        try evaluator.logits(of: set.dataset, model.path, alpha: alpha, observer: observer) {
          try unknown.add($0)
        }
        return try OutlierScore(
          set, from: sets[inside], known: known, unknown: unknown, resampling: resampling)
      }
    }
    if let predictionsFolder {
      do {
        report.predictions = try sets.indices.map { index in
          try KeptPredictions(
            logits[index], features: features[index], of: sets[index], scores: results[index],
            classes: model.classes, alpha: alpha,
            weightsSHA256: model.weightsSHA256
          ).write(in: predictionsFolder).path
        }
      } catch let error as any ClassifiedError {
        report.notKept = error.description
      }
    }
    return report
  }
}
