/// F1 of each class that has images, averaged over those classes: what WILDS reports for iWildCam.
///
/// A class that has no images and is predicted counts only as the miss of another; scikit-learn's average over all that
/// are predicted would be lower.
public struct MacroF1: Metric {
  public let key = "macro_f1"
  public let title = "macro F1"
  public let higherIsBetter = true

  public init() {}

  public func value(of predictions: Predictions) -> Double? {
    let classes = predictions.perClass
    guard !classes.isEmpty else { return nil }
    var predicted: [Int32: Int] = [:]
    for row in predictions.rows { predicted[row.predicted, default: 0] += 1 }
    let sum = classes.reduce(0.0) { sum, one in
      // 2 TP / (2 TP + FP + FN): what is predicted is TP + FP, what there is TP + FN.
      sum + 2 * Double(one.correct) / Double(one.n + predicted[one.target, default: 0])
    }
    return sum / Double(classes.count)
  }
}
