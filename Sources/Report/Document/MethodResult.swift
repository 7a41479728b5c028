import Foundation

/// The scores of one interpolation of the pre-trained and the fine-tuned weights.
public struct CurvePoint: Codable, Sendable, Equatable {
  /// The weight of the fine-tuned end: 0 is zero-shot, 1 is fine-tuned.
  public var alpha: Double
  /// The score on the target distribution.
  public var target: Score
  /// The score on each shift, by dataset name.
  public var shifts: [String: Score]
  /// The mean over all shifts where it is given as such. Over several seeds it must be: what the seeds have in common is not
  /// in the single scores.
  public var measuredAverage: Score?

  /// The scores at `alpha`.
  public init(
    alpha: Double, target: Score, shifts: [String: Score] = [:], measuredAverage: Score? = nil
  ) {
    self.alpha = alpha
    self.target = target
    self.shifts = shifts
    self.measuredAverage = measuredAverage
  }

  private enum CodingKeys: String, CodingKey {
    case alpha, target, shifts
    case measuredAverage = "average_shift"
  }
}

/// What a rule chose for a method.
public struct AlphaChoice: Codable, Sendable, Equatable {
  /// The alpha chosen for each run of the method, in the order of its seeds.
  public var alphas: [Double]
  /// The rule's name, such as "best-validation".
  public var rule: String
  /// The rule in words.
  public var words: String
  /// The scores at the chosen alphas, averaged over the runs.
  public var point: CurvePoint?

  /// The choice of `alphas` by `rule`.
  public init(alphas: [Double], rule: String, words: String = "", point: CurvePoint? = nil) {
    self.alphas = alphas
    self.rule = rule
    self.words = words
    self.point = point
  }

  /// The alphas as people read them: one where all runs have it, else from the smallest to the largest.
  public var alphaText: String {
    guard let least = alphas.min(), let most = alphas.max() else { return NumberText.missing }
    return least == most ? NumberText.alpha(least) : "\(NumberText.alpha(least))–\(NumberText.alpha(most))"
  }
}

/// One value of a metric during training.
public struct MetricPoint: Codable, Sendable, Equatable {
  /// The optimiser step, or the epoch, as the series counts.
  public var step: Int
  public var value: Double

  /// The `value` at `step`.
  public init(step: Int, value: Double) {
    self.step = step
    self.value = value
  }

  private enum CodingKeys: String, CodingKey { case step, value }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    step = try values.decode(Int.self, forKey: .step)
    value = try values.decodeIfPresent(Double.self, forKey: .value) ?? .nan
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(step, forKey: .step)
    try values.encode(value.ifPlottable, forKey: .value)
  }
}

/// A metric over the steps of one training run.
public struct MetricSeries: Codable, Sendable, Equatable {
  /// The metric, such as "train_loss"; series whose name holds "loss" are drawn in the report.
  public var name: String
  public var points: [MetricPoint]

  /// The metric `name` with its `points` in the order they were recorded.
  public init(name: String, points: [MetricPoint]) {
    self.name = name
    self.points = points
  }
}

/// How a method was trained.
public struct TrainingFacts: Codable, Sendable, Equatable {
  public var epochs: Double?
  public var steps: Int?
  public var seconds: Double?
  public var imagesPerSecond: Double?
  /// The largest resident memory of the process, in MB.
  public var peakMegabytes: Double?
  /// What was recorded while training.
  public var series: [MetricSeries]

  /// The facts that are known of a training run.
  public init(
    epochs: Double? = nil, steps: Int? = nil, seconds: Double? = nil, imagesPerSecond: Double? = nil,
    peakMegabytes: Double? = nil, series: [MetricSeries] = []
  ) {
    self.epochs = epochs?.ifPlottable
    self.steps = steps
    self.seconds = seconds?.ifPlottable
    self.imagesPerSecond = imagesPerSecond?.ifPlottable
    self.peakMegabytes = peakMegabytes?.ifPlottable
    self.series = series
  }

  private enum CodingKeys: String, CodingKey {
    case epochs, steps, seconds
    case imagesPerSecond = "images_per_s"
    case peakMegabytes = "peak_rss_mb"
    case series
  }
}

/// What one fine-tuning method trained and what it scores along the curve from zero-shot to fine-tuned.
public struct MethodResult: Codable, Sendable, Equatable {
  /// Tells it from the other methods of the report, such as "lora" or "lora (rank 16)".
  public var name: String
  /// What its colour and mark are chosen by; nil where nobody said.
  public var look: MethodLook?
  /// The seeds of its runs, which differ in nothing else; empty where nobody said.
  public var seeds: [UInt64]
  /// Trained parameters without the head.
  public var tunedParameters: Int
  /// Trained parameters of the head.
  public var headParameters: Int
  public var training: TrainingFacts
  /// The scores by alpha, averaged over the seeds; a method that cannot be interpolated has the point at alpha 1 only.
  public var curve: [CurvePoint]
  /// The alpha a user would deploy, chosen without looking at any test data.
  public var selected: AlphaChoice?
  /// What every rule chose that looks at no test data.
  public var selections: [AlphaChoice]
  /// The alpha of the best average over the shifts' test images, which nobody can know beforehand.
  public var oracle: AlphaChoice?

  /// The result of the method `name`.
  public init(
    name: String, look: MethodLook? = nil, seeds: [UInt64] = [], tunedParameters: Int, headParameters: Int,
    training: TrainingFacts = TrainingFacts(), curve: [CurvePoint], selected: AlphaChoice? = nil,
    selections: [AlphaChoice] = [], oracle: AlphaChoice? = nil
  ) {
    self.name = name
    self.look = look
    self.seeds = seeds
    self.tunedParameters = tunedParameters
    self.headParameters = headParameters
    self.training = training
    self.curve = curve
    self.selected = selected
    self.selections = selections
    self.oracle = oracle
  }

  private enum CodingKeys: String, CodingKey {
    case name, look, seeds
    case tunedParameters = "tuned_parameters"
    case headParameters = "head_parameters"
    case training, curve, selected, selections, oracle
  }
}
