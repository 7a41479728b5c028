/// Expected calibration error over bins of as nearly equal numbers of images as can be (Nixon et al., Measuring Calibration in
/// Deep Learning, 2019): few images are not spread over bins that hold none.
public struct EqualMassCalibrationError: Metric {
  public let key = "ece_equal_mass"
  public let title = "ECE (equal mass)"
  public let unit = MetricUnit.number
  public let direction = MetricDirection.lower
  public let needs: Set<MetricNeed> = [.probabilities]
  public let bins: Int

  public init(bins: Int = ConfidenceCalibration.standardBins) { self.bins = max(1, bins) }

  public func statistic(of predictions: Predictions) -> SampleStatistic? {
    predictions.confidenceCalibration.map { calibration in
      SampleStatistic { [bins] in calibration.equalMassBins(bins, counting: $0).errorUnlessEmpty }
    }
  }
}
