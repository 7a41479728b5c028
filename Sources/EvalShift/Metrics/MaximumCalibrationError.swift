/// The widest gap between confidence and accuracy of any bin of equal width that holds images (Naeini et al. 2015): of bins with few
/// images it is mostly their chance.
public struct MaximumCalibrationError: Metric {
  public let key = "maximum_calibration_error"
  public let title = "max. calibration error"
  public let unit = MetricUnit.number
  public let direction = MetricDirection.lower
  public let needs: Set<MetricNeed> = [.probabilities]
  /// The widest of several noisy gaps is biased upwards, and that of a resample once more.
  public let interval = IntervalKind.none

  public init() {}

  public func statistic(of predictions: Predictions) -> SampleStatistic? {
    predictions.confidenceCalibration.map { calibration in
      SampleStatistic { calibration.equalWidthBins(counting: $0).maximumCalibrationError }
    }
  }
}
