/// A number that sums up predictions on one dataset.
///
/// To add one: write its file in `Metrics/` and register it in `MetricRegistry`; it then appears in every table,
/// JSON document and report.
public protocol Metric: Sendable {
  /// The key in JSON documents, in snake case.
  var key: String { get }
  /// The heading in tables.
  var title: String { get }
  /// Whether more is better.
  var higherIsBetter: Bool { get }
  /// The value, or nil where it has no meaning for these predictions.
  func value(of predictions: Predictions) -> Double?
}

/// All metrics, in the order in which they are shown.
public enum MetricRegistry {
  public static let all: [any Metric] = [
    Top1Accuracy(), Top5Accuracy(), MeanPerClassAccuracy(), MacroF1(), WorstGroupAccuracy(),
    ExpectedCalibrationError(),
    NegativeLogLikelihood(), BrierScore(),
  ]

  /// What is reported for a dataset that names no metric of its own.
  public static let standard: any Metric = Top1Accuracy()

  public static func named(_ key: String) -> (any Metric)? { all.first { $0.key == key } }
}
