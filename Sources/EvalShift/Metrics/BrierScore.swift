/// Mean squared distance between the predicted probabilities and the one-hot truth, summed over classes (0…2).
public struct BrierScore: Metric {
  public let key = "brier"
  public let title = "Brier"
  public let higherIsBetter = false

  public init() {}

  public func value(of predictions: Predictions) -> Double? {
    predictions.rows.reduce(0) { $0 + $1.squaredError } / Double(predictions.count)
  }
}
