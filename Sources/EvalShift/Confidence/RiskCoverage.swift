/// Selective prediction: how often a model errs among the images that it is most confident of (Geifman & El-Yaniv,
/// Selective classification for deep neural networks, NeurIPS 2017).
///
/// Images of equal confidence have no order among them: within such a run the risk is what it would be on average over
/// random orders, so that the order of the dataset does not matter.
public struct RiskCoverage: Sendable {
  /// In ascending order of confidence.
  private let images: [(confidence: Double, isCorrect: Bool, image: Int)]

  /// From any score of each image that is higher for more confident predictions, and whether the prediction is right.
  public init(confidence: [Double], correct: [Bool]) throws(EvaluationError) {
    images = try ConfidenceCalibration.sorted(confidence, correct, isProbability: false)
  }

  /// Area under the curve (AURC): the mean, over all numbers of images k, of the risk among the k most confident.
  /// `counts` says how often each image counts; nil is once.
  public func area(counting counts: [Int32]? = nil) -> Double? {
    var (n, errors, sum) = (0, 0, 0.0)
    forEachRun(counts) { _, count, wrong in
      let share = Double(wrong) / Double(count)
      for k in 1...count { sum += (Double(errors) + Double(k) * share) / Double(n + k) }
      n += count
      errors += wrong
    }
    return n == 0 ? nil : sum / Double(n)
  }

  /// Excess area (E-AURC, Geifman, Uziel & El-Yaniv, Bias-reduced uncertainty estimation, ICLR 2019): beyond that of
  /// the best order of the same predictions, which has all errors last; 0 for that order.
  public func excessArea(counting counts: [Int32]? = nil) -> Double? {
    guard let area = area(counting: counts) else { return nil }
    var (n, errors) = (0, 0)
    forEachRun(counts) { _, count, wrong in
      n += count
      errors += wrong
    }
    var best = 0.0
    for error in 0..<errors { best += Double(error + 1) / Double(n - errors + error + 1) }
    return area - best / Double(n)
  }

  /// Calls `body` with each confidence in descending order, how many images have it, and how many of them are wrong.
  private func forEachRun(
    _ counts: [Int32]?, _ body: (_ confidence: Double, _ count: Int, _ wrong: Int) -> Void
  ) {
    precondition(counts.map { $0.count == images.count } ?? true, "counts of other images")
    var end = images.count
    while end > 0 {
      let confidence = images[end - 1].confidence
      var (count, wrong) = (0, 0)
      while end > 0, images[end - 1].confidence == confidence {
        end -= 1
        let weight = counts.map { Int($0[images[end].image]) } ?? 1
        count += weight
        if !images[end].isCorrect { wrong += weight }
      }
      if count > 0 { body(confidence, count, wrong) }
    }
  }
}
