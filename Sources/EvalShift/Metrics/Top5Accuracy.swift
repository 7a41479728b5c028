/// Fraction of images whose true class is among the five most probable; undefined for five classes or fewer.
public struct Top5Accuracy: Metric {
  public let key = "top5"
  public let title = "top-5"
  public let unit = MetricUnit.fraction
  public let direction = MetricDirection.higher
  public let interval = IntervalKind.exact
  public let isHeadline = true

  public init() {}

  public func statistic(of predictions: Predictions) -> SampleStatistic? {
    predictions.classCount > 5 ? .mean(predictions.rows.map { $0.targetRank < 5 ? 1 : 0 }) : nil
  }
}
