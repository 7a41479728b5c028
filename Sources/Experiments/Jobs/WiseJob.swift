import Datasets
import EvalShift
import Training
import WiSE

/// Traces a model from pre-trained to fine-tuned over its target and shifts.
public struct WiseJob {
  public let model: ScoredModel
  public let subject: WiseCurve.Subject
  public let alphas: [Double]
  public let suite: EvaluationSuite
  /// By which alpha is selected.
  public let rule: AlphaSelection.Rule
  /// What the sets were named by, kept with the curve so that they are found again.
  public let arguments: [SetArgument]
  /// How intervals that are not exact are found.
  public let resampling: Resampling
  /// Alpha 0 as scored on the same images for another run from the same weights and head.
  public let start: WiseCurve.Point?

  public init(
    model: ScoredModel, subject: WiseCurve.Subject, alphas: [Double], suite: EvaluationSuite,
    rule: AlphaSelection.Rule = .oneStandardError,
    arguments: [SetArgument] = [], resampling: Resampling = Resampling(), start: WiseCurve.Point? = nil
  ) {
    self.model = model
    self.subject = subject
    self.alphas = alphas
    self.suite = suite
    self.rule = rule
    self.arguments = arguments
    self.resampling = resampling
    self.start = start
  }

  private var unscored: [Double] { alphas.filter { $0 != 0 || start == nil } }

  /// Images to score, counting each once for every alpha.
  public var work: Int { suite.sets.reduce(0) { $0 + $1.dataset.count } * unscored.count }

  /// Scores everything; what is found is returned, and not kept.
  public func execute(observer: ShiftEvaluator.Observer = .init()) throws -> WiseCurve {
    let sets = suite.sets
    let evaluator = ShiftEvaluator(config: model.config, preprocessing: model.preprocessing)
    let swept = try evaluator.sweep(
      model.path, alphas: unscored, sets: sets, calibration: suite.validationPlace, target: 0,
      observer: observer)
    let scored = zip(unscored, swept).map { alpha, found in
      let scores = sets.indices.map { place in
        sets[place].scores(
          found.predictions[place],
          twin: found.twins[place].flatMap { TwinScore(dataset: suite.target.name, predictions: $0) },
          resampling: resampling)
      }
      let shifts = Array(scores.dropFirst().prefix(suite.shifts.count))
      return WiseCurve.Point(
        alpha: alpha, target: scores[0], shifts: shifts, averageShift: Scores.averageShift(shifts),
        // Where the target is the validation images, they are scored once.
        validation: suite.validation == nil ? nil : scores.count > shifts.count + 1 ? scores.last : scores[0])
    }
    let points = alphas.compactMap { alpha in
      scored.first { $0.alpha == alpha } ?? (alpha == 0 ? start : nil)
    }
    return WiseCurve(
      subject, arguments: arguments.map(\.absoluteText), points: points, rule: rule)
  }
}
