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
    let once = [Int32](repeating: 1, count: first.count)
    guard let all = Self.counted(first, second, once) else { throw .noPredictions }
    self = all
  }

  private init(images: Int, same: Int, kappa: Double?) {
    (self.images, self.same, self.kappa) = (images, same, kappa)
  }

  /// With each image as often as `counts` says; nil where that is never.
  static func counted(_ first: [Int32], _ second: [Int32], _ counts: [Int32]) -> PredictionAgreement? {
    var (images, same) = (0, 0)
    // Classes are places in a head.
    let classes = 1 + Int(max(first.max() ?? 0, second.max() ?? 0))
    var (ofFirst, ofSecond) = ([Int](repeating: 0, count: classes), [Int](repeating: 0, count: classes))
    for place in counts.indices where counts[place] > 0 {
      let count = Int(counts[place])
      images += count
      if first[place] == second[place] { same += count }
      ofFirst[Int(first[place])] += count
      ofSecond[Int(second[place])] += count
    }
    guard images > 0 else { return nil }
    let chance = zip(ofFirst, ofSecond).reduce(0) { $0 + $1.0 * $1.1 }
    let pairs = Double(images) * Double(images)
    let kappa =
      zip(ofFirst, ofSecond).count { $0 + $1 > 0 } == 1
      ? nil : CohenKappa.value(observed: Double(same) / Double(images), chance: Double(chance) / pairs)
    return PredictionAgreement(images: images, same: same, kappa: kappa)
  }
}
