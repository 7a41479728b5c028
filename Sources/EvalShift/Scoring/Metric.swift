/// What is known of a number before it is computed: tables, JSON, curves and reports ask this, and no name.
public protocol MetricDescription: Sendable {
  /// The key in JSON documents and tables of data, in snake case.
  var key: String { get }
  /// The heading in tables.
  var title: String { get }
  var unit: MetricUnit { get }
  var direction: MetricDirection { get }
  /// Without which it has no value.
  var needs: Set<MetricNeed> { get }
  /// Why it has no interval where classes are drawn whole, in a few words; nil where it has one.
  var lacksIntervalOverClasses: String? { get }
}

extension MetricDescription {
  public var needs: Set<MetricNeed> { [] }
  public var lacksIntervalOverClasses: String? { nil }
}

/// What a metric counts in.
public enum MetricUnit: String, Sendable, Codable {
  /// A fraction in 0…1 (a difference: −1…1), which people read in percent.
  case fraction
  case nats
  /// A plain number.
  case number
}

/// Which values of a metric are the better ones.
public enum MetricDirection: String, Sendable, Codable {
  case higher, lower
  /// It describes, and is neither good nor bad.
  case neither
}

/// What a metric needs besides what a model said of the images of one set.
public enum MetricNeed: String, Sendable, Codable {
  /// Groups of images.
  case groups
  /// Probabilities: scores that do no more than rank the classes have no calibration.
  case probabilities
  /// Validation images that were scored with the same weights, by which a temperature is fitted.
  case temperature
  /// The whole logits of every image, not what is kept of them.
  case logits
  /// What another model said of the same images.
  case secondModel = "second model"
  /// Features of the image tower of both models.
  case features
}

/// A number that sums up what one model said of one set of images.
///
/// To add one: write its file in `Metrics/` and register it in `MetricRegistry`; it then appears in every table,
/// JSON document and report.
public protocol Metric: MetricDescription {
  var interval: IntervalKind { get }
  /// Whether a table shows it unless others are asked for.
  var isHeadline: Bool { get }
  /// The number as a function of how often each image counts, or nil where it has no meaning for these predictions.
  func statistic(of predictions: Predictions) -> SampleStatistic?
}

extension Metric {
  public var interval: IntervalKind { .bootstrap }
  public var isHeadline: Bool { false }

  /// The value, each image counted once; nil where it has no meaning for these predictions.
  public func value(of predictions: Predictions) -> Double? {
    predictions.count == 0 ? nil : statistic(of: predictions)?.value(ofAll: predictions.count)
  }
}

/// How the 95% interval of a metric is found.
public enum IntervalKind: Sendable {
  /// The metric is a share of the images: exact, by Clopper and Pearson.
  case exact
  /// By resampling images.
  case bootstrap
  /// It has none.
  case none
}

/// A number computed from images, each of which counts as often as is said: once for the value, as often as it was drawn for a
/// resample.
///
/// What it needs of each image is computed once, when it is made.
public struct SampleStatistic: Sendable {
  private let evaluate: @Sendable (_ counts: [Int32]) -> Double?
  /// The same where classes are drawn whole; nil where it is the same function of the counts.
  private var overClasses: (@Sendable (_ counts: [Int32]) -> Double?)?

  /// `evaluate` gets how often each image counts, and gives nil where that leaves nothing to compute from.
  public init(_ evaluate: @escaping @Sendable (_ counts: [Int32]) -> Double?) { self.evaluate = evaluate }

  /// The mean of a value of each image.
  public static func mean(_ values: [Double]) -> SampleStatistic {
    SampleStatistic { counts in
      var (sum, total) = (0.0, 0)
      for (value, count) in zip(values, counts) {
        sum += value * Double(count)
        total += Int(count)
      }
      return total == 0 ? nil : sum / Double(total)
    }
  }

  /// The same, but `evaluate` where classes are drawn whole: a class that is drawn twice is two classes then.
  func drawingClasses(_ evaluate: @escaping @Sendable (_ counts: [Int32]) -> Double?) -> SampleStatistic {
    var statistic = self
    statistic.overClasses = evaluate
    return statistic
  }

  /// What it is of draws of what `clusters` says.
  func drawing(_ clusters: Resampling.Clusters?) -> SampleStatistic {
    clusters == .classes ? overClasses.map { SampleStatistic($0) } ?? self : self
  }

  /// With `counts`, one an image.
  public func value(counting counts: [Int32]) -> Double? { evaluate(counts) }

  /// With each of `count` images once.
  public func value(ofAll count: Int) -> Double? { evaluate([Int32](repeating: 1, count: count)) }
}
