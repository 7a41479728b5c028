/// F1 of each class that has images, averaged over those classes: what WILDS reports for iWildCam.
///
/// A class that has no images and is predicted counts only as the miss of another; scikit-learn's average over all that
/// are predicted would be lower.
public struct MacroF1: Metric {
  public let key = "macro_f1"
  public let title = "macro F1"
  public let unit = MetricUnit.fraction
  public let direction = MetricDirection.higher
  public let lacksIntervalOverClasses: String? =
    "what is mistaken for a class depends on which others there are, and these change from draw to draw"

  public init() {}

  public func statistic(of predictions: Predictions) -> SampleStatistic? {
    let classes = predictions.classCells
    let places = Dictionary(uniqueKeysWithValues: classes.names.enumerated().map { ($1, Int32($0)) })
    // Of each image the place of the class that was predicted, −1 where that has no images.
    let predicted = predictions.rows.map { places[$0.predicted] ?? -1 }
    return SampleStatistic { counts in
      var guesses = [Int](repeating: 0, count: classes.names.count)
      for (place, count) in zip(predicted, counts) where place >= 0 { guesses[Int(place)] += Int(count) }
      // 2 TP / (2 TP + FP + FN): what is predicted is TP + FP, what there is TP + FN.
      let scores = zip(classes.tallies(counting: counts), guesses).filter { $0.0.n > 0 }
        .map { 2 * Double($0.0.correct) / Double($0.0.n + $0.1) }
      return scores.isEmpty ? nil : scores.reduce(0, +) / Double(scores.count)
    }
  }
}
