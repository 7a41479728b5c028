import Foundation

/// The scores of one interpolation of the pre-trained and the fine-tuned weights.
public struct CurvePoint: Codable, Sendable, Equatable {
  /// The weight of the fine-tuned end: 0 is zero-shot, 1 is fine-tuned.
  public var alpha: Double
  /// The score on the target distribution.
  public var target: Score
  /// The score on each shift, by dataset name.
  public var shifts: [String: Score]

  /// The scores at `alpha`.
  public init(alpha: Double, target: Score, shifts: [String: Score] = [:]) {
    self.alpha = alpha
    self.target = target
    self.shifts = shifts
  }
}

/// An alpha that was chosen, and how.
public struct AlphaChoice: Codable, Sendable, Equatable {
  public var alpha: Double
  /// The rule in words, such as "best target accuracy on the validation split".
  public var rule: String

  /// The choice of `alpha` by `rule`.
  public init(alpha: Double, rule: String) {
    self.alpha = alpha
    self.rule = rule
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
  public var name: String
  /// Trained parameters without the head.
  public var tunedParameters: Int
  /// Trained parameters of the head.
  public var headParameters: Int
  public var training: TrainingFacts
  /// The scores by alpha; a method that cannot be interpolated has the point at alpha 1 only.
  public var curve: [CurvePoint]
  /// The alpha a user would deploy, chosen without looking at any test data.
  public var selected: AlphaChoice?
  /// The alpha that is best on the test data, which nobody can know beforehand.
  public var oracle: AlphaChoice?

  /// The result of the method `name`.
  public init(
    name: String, tunedParameters: Int, headParameters: Int, training: TrainingFacts = TrainingFacts(),
    curve: [CurvePoint], selected: AlphaChoice? = nil, oracle: AlphaChoice? = nil
  ) {
    self.name = name
    self.tunedParameters = tunedParameters
    self.headParameters = headParameters
    self.training = training
    self.curve = curve
    self.selected = selected
    self.oracle = oracle
  }

  private enum CodingKeys: String, CodingKey {
    case name
    case tunedParameters = "tuned_parameters"
    case headParameters = "head_parameters"
    case training, curve,
      selected, oracle
  }
}
