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
  /// What moves with alpha on the model's path.
  public let shape: AlphaShape
  /// Whether alphas beyond 0…1 may be selected.
  public let selectsBeyond: Bool
  /// By which alpha is selected.
  public let rule: AlphaSelection.Rule
  /// What the sets were named by, kept with the curve so that they are found again.
  public let arguments: [SetArgument]
  /// How intervals that are not exact are found.
  public let resampling: Resampling
  /// Where features of the pre-trained tower are kept, which a plain path has at alpha 0; nil keeps none.
  let features: ShiftEvaluator.TowerFeatures?

  public init(
    model: ScoredModel, subject: WiseCurve.Subject, alphas: [Double], suite: EvaluationSuite,
    rule: AlphaSelection.Rule = .oneStandardError, shape: AlphaShape = .plain, selectsBeyond: Bool = false,
    arguments: [SetArgument] = [], resampling: Resampling = Resampling(),
    features: ShiftEvaluator.TowerFeatures? = nil
  ) {
    self.features = features
    self.model = model
    self.subject = subject
    self.alphas = alphas
    self.suite = suite
    self.rule = rule
    (self.shape, self.selectsBeyond) = (shape, selectsBeyond)
    self.arguments = arguments
    self.resampling = resampling
  }

  /// Images to score, counting each once for every alpha.
  public var work: Int { suite.sets.reduce(0) { $0 + $1.dataset.count } * alphas.count }

  /// Scores everything; what is found is returned, and not kept.
  public func execute(
    observer: ShiftEvaluator.Observer = .init()
  ) throws -> (curve: WiseCurve, predictions: CurvePredictions) {
    let sets = suite.sets
    let evaluator = ShiftEvaluator(
      config: model.config, preprocessing: model.preprocessing, features: shape == .plain ? features : nil)
    let swept = try evaluator.sweep(
      model.path, alphas: alphas, sets: sets, calibration: suite.validationPlace, target: 0,
      observer: observer)
    let points = zip(alphas, swept).map { alpha, found in
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
    let curve = WiseCurve(
      subject, arguments: arguments.map(\.absoluteText), points: points, rule: rule, shape: shape,
      selectsBeyond: selectsBeyond,
      frontier: try FrontierSummary(
        target: swept.map { $0.predictions[0] },
        shifts: sets.indices.filter { sets[$0].role == .shift }.map { place in
          swept.map { $0.predictions[place] }
        }, resampling: resampling))
    return (
      curve, CurvePredictions(alphas: alphas, sets: sets, predictions: swept.map(\.predictions))
    )
  }
}
