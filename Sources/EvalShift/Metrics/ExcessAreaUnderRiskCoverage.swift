/// Area under the risk–coverage curve beyond that of the best order of the same predictions, which has all errors last (Geifman,
/// Uziel and El-Yaniv, ICLR 2019): it does not grow with the error itself.
public struct ExcessAreaUnderRiskCoverage: Metric {
  public let key = "excess_aurc"
  public let title = "E-AURC"
  public let unit = MetricUnit.number
  public let direction = MetricDirection.lower
  public let needs: Set<MetricNeed> = [.probabilities]

  public init() {}

  public func statistic(of predictions: Predictions) -> SampleStatistic? {
    predictions.riskCoverage.map { curve in SampleStatistic { curve.excessArea(counting: $0) } }
  }
}
