/// Expected calibration error (Guo et al. 2017): how far confidence is from accuracy, averaged over bins of equal
/// width weighted by their images.
public struct ExpectedCalibrationError: Metric {
  public let key = "ece"
  public let title = "ECE"
  public let unit = MetricUnit.number
  public let direction = MetricDirection.lower
  public let isHeadline = true
  /// Number of bins; the k-th holds confidences in (k/bins, (k+1)/bins].
  public let bins: Int

  public init(bins: Int = ReliabilityDiagram.standardBins) { self.bins = max(1, bins) }

  public func statistic(of predictions: Predictions) -> SampleStatistic? {
    diagram(of: predictions).calibrationError
  }

  /// What it is the mean gap of.
  public func diagram(of predictions: Predictions) -> ReliabilityDiagram {
    ReliabilityDiagram(
      confidences: predictions.rows.map(\.confidence), isCorrect: predictions.rows.map(\.isCorrect),
      equalWidth: bins)
  }
}
