/// A number that says how two models' predictions of the same images differ.
///
/// To add one: write it in `PairMetrics/` and register it in `PairMetricRegistry`.
public protocol PairMetric: MetricDescription {
  var interval: IntervalKind { get }
  /// Whether it changes its sign where the models change places.
  var isSigned: Bool { get }
  /// Whether it is another number where the models change places.
  var isDirected: Bool { get }
  /// What it says, in a few words.
  var summary: String { get }
  /// The number as a function of how often each image counts, or nil where it has no meaning for these predictions.
  func statistic(of pair: PairedPredictions) -> SampleStatistic?
}

extension PairMetric {
  public var needs: Set<MetricNeed> { [.secondModel] }
  public var interval: IntervalKind { .bootstrap }
  public var direction: MetricDirection { .neither }
  public var isSigned: Bool { false }
  public var isDirected: Bool { isSigned }
}

/// All of them, in the order in which they are shown.
public enum PairMetricRegistry {
  public static let all: [any PairMetric] = [
    AccuracyDifference(), Agreement(), PredictionKappa(), ErrorConsistencyKappa(), ExactlyOneRight(),
    OracleAccuracy(), ConfidentOverlapShare(.most), ConfidentOverlapShare(.least), OutputDivergence(),
    FeatureSimilarity(),
  ]

  public static func named(_ key: String) -> (any PairMetric)? { all.first { $0.key == key } }
}
