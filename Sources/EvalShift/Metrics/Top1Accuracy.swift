/// Fraction of images whose most probable class is the true one.
public struct Top1Accuracy: Metric {
  public let key = "top1"
  public let title = "top-1"
  public let unit = MetricUnit.fraction
  public let direction = MetricDirection.higher
  public let interval = IntervalKind.exact
  public let isHeadline = true

  public init() {}

  public func statistic(of predictions: Predictions) -> SampleStatistic? {
    .mean(predictions.rows.map { $0.isCorrect ? 1 : 0 })
  }
}
