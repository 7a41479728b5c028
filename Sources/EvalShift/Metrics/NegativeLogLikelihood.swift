/// Mean negative natural logarithm of the true class's probability: the cross entropy.
public struct NegativeLogLikelihood: Metric {
  public let key = "nll"
  public let title = "NLL"
  public let higherIsBetter = false

  public init() {}

  public func value(of predictions: Predictions) -> Double? {
    -predictions.rows.reduce(0) { $0 + $1.targetLogProbability } / Double(predictions.count)
  }
}
