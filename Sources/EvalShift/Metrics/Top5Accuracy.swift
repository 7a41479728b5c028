/// Fraction of images whose true class is among the five most probable; undefined for five classes or fewer.
public struct Top5Accuracy: Metric {
  public let key = "top5"
  public let title = "top-5"
  public let higherIsBetter = true

  public init() {}

  public func value(of predictions: Predictions) -> Double? {
    guard predictions.classCount > 5 else { return nil }
    let hits = predictions.rows.reduce(0) { $0 + ($1.targetRank < 5 ? 1 : 0) }
    return Double(hits) / Double(predictions.count)
  }
}
