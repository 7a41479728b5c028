/// Mean negative natural logarithm of the true class's probability: the cross entropy.
public struct NegativeLogLikelihood: Metric {
  public let key = "nll"
  public let title = "NLL"
  public let unit = MetricUnit.nats
  public let direction = MetricDirection.lower
  public let needs: Set<MetricNeed> = [.probabilities]
  public let isHeadline = true

  public init() {}

  public func statistic(of predictions: Predictions) -> SampleStatistic? {
    .mean(predictions.rows.map { -$0.targetLogProbability })
  }
}
