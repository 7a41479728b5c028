/// Expected calibration error over bins of as nearly equal numbers of images as can be (Nixon et al., Measuring Calibration in
/// Deep Learning, 2019): few images are not spread over bins that hold none.
///
/// The bins are those of all images; a resample weighs what is in them. Equal confidences may fall into two bins, by image order.
public struct EqualMassCalibrationError: Metric {
  public let key = "ece_equal_mass"
  public let title = "ECE (equal mass)"
  public let unit = MetricUnit.number
  public let direction = MetricDirection.lower
  public let bins: Int

  public init(bins: Int = ReliabilityDiagram.standardBins) { self.bins = max(1, bins) }

  public func statistic(of predictions: Predictions) -> SampleStatistic? {
    ReliabilityDiagram(
      confidences: predictions.rows.map(\.confidence), isCorrect: predictions.rows.map(\.isCorrect),
      equalMass: bins
    ).calibrationError
  }
}
