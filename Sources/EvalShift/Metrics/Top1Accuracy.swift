/// Fraction of images whose most probable class is the true one.
public struct Top1Accuracy: Metric {
  public let key = "top1"
  public let title = "top-1"
  public let higherIsBetter = true

  public init() {}

  public func value(of predictions: Predictions) -> Double? {
    Double(predictions.correct) / Double(predictions.count)
  }
}
