/// Area under the risk–coverage curve (Geifman and El-Yaniv, Selective Classification for Deep Neural Networks, NeurIPS 2017): the
/// error among the most confident images, averaged over how many of them are answered.
public struct AreaUnderRiskCoverage: Metric {
  public let key = "aurc"
  public let title = "AURC"
  public let unit = MetricUnit.number
  public let direction = MetricDirection.lower
  public let needs: Set<MetricNeed> = [.probabilities]

  public init() {}

  public func statistic(of predictions: Predictions) -> SampleStatistic? {
    predictions.riskCoverage.map { curve in SampleStatistic { curve.area(counting: $0) } }
  }
}

extension Predictions {
  /// Nil without images.
  var riskCoverage: RiskCoverage? {
    do {
      return try RiskCoverage(
        confidence: rows.map(\.confidence), correct: rows.map(\.isCorrect))
    } catch {
      return nil
    }
  }
}
