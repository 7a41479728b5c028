/// Calibration of the probabilities of every class, not only of the predicted one: the gap between the mean probability of a class
/// and its share of the images, over bins of equal width of its probability, averaged over the classes that compete (Kull et
/// al., Beyond temperature scaling, NeurIPS 2019).
public struct ClasswiseCalibrationError: Metric {
  public let key = "ece_classwise"
  public let title = "ECE (classwise)"
  public let unit = MetricUnit.number
  public let direction = MetricDirection.lower
  public let needs: Set<MetricNeed> = [.probabilities]
  /// It is summed up while the logits are at hand, of which not enough is kept to resample.
  public let interval = IntervalKind.none

  public init() {}

  public func statistic(of predictions: Predictions) -> SampleStatistic? {
    let error = predictions.classwise.error
    return SampleStatistic { _ in error }
  }
}
