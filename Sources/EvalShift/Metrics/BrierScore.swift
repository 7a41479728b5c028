/// Mean squared distance between the predicted probabilities and the one-hot truth, summed over classes (0…2).
public struct BrierScore: Metric {
  public let key = "brier"
  public let title = "Brier"
  public let unit = MetricUnit.number
  public let direction = MetricDirection.lower
  public let needs: Set<MetricNeed> = [.probabilities]

  public init() {}

  public func statistic(of predictions: Predictions) -> SampleStatistic? {
    .mean(predictions.rows.map(\.squaredError))
  }
}
