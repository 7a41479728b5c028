/// Area under the risk–coverage curve (Geifman and El-Yaniv, Selective Classification for Deep Neural Networks, NeurIPS 2017): the
/// error among the most confident images, averaged over how many of them are answered.
public struct AreaUnderRiskCoverage: Metric {
  public let key = "aurc"
  public let title = "AURC"
  public let unit = MetricUnit.number
  public let direction = MetricDirection.lower

  public init() {}

  public func statistic(of predictions: Predictions) -> SampleStatistic? {
    do {
      let curve = try RiskCoverage(
        confidence: predictions.rows.map(\.confidence), correct: predictions.rows.map(\.isCorrect))
      return SampleStatistic { curve.area(counting: $0) }
    } catch {
      // There are no images.
      return nil
    }
  }
}
