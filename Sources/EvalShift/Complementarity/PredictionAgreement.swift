/// Whether two models predict the same classes.
public struct PredictionAgreement: Sendable, Equatable {
  public let images: Int
  /// Number of images with the same predicted class.
  public let same: Int
  /// Cohen's kappa of the predicted classes, as scikit-learn's cohen_kappa_score; nil where both models predict one
  /// and the same class for every image.
  public let kappa: Double?

  /// Share of images with the same predicted class.
  public var share: Double { Double(same) / Double(images) }

  /// From the class that either model predicts for each image.
  public init(_ first: [Int32], _ second: [Int32]) throws(EvaluationError) {
    guard first.count == second.count else {
      throw .notPaired("\(first.count) predictions against \(second.count)")
    }
    guard !first.isEmpty else { throw .noPredictions }
    images = first.count
    same = zip(first, second).count { $0 == $1 }
    var counts: [Int32: (first: Int, second: Int)] = [:]
    for predicted in first { counts[predicted, default: (0, 0)].first += 1 }
    for predicted in second { counts[predicted, default: (0, 0)].second += 1 }
    // An exact sum, whatever the order of the dictionary.
    let chance = counts.values.reduce(0) { $0 + $1.first * $1.second }
    let pairs = Double(images) * Double(images)
    kappa =
      counts.count == 1
      ? nil : CohenKappa.value(observed: Double(same) / Double(images), chance: Double(chance) / pairs)
  }
}
