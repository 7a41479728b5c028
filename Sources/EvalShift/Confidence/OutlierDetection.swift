/// Out-of-distribution detection: how well a score tells the images of one set, which are high, from those of another
/// (Hendrycks & Gimpel, A baseline for detecting misclassified and out-of-distribution examples, ICLR 2017).
public struct OutlierDetection: Sendable {
  /// In descending order of score.
  private let images: [(score: Double, isInside: Bool, image: Int)]
  let insideCount: Int
  let outsideCount: Int

  /// From the scores of the images in distribution, and of those out of it.
  public init(inside: [Double], outside: [Double]) throws(EvaluationError) {
    guard !inside.isEmpty, !outside.isEmpty else { throw .noPredictions }
    guard !inside.contains(where: \.isNaN), !outside.contains(where: \.isNaN) else {
      throw .statistic("a score is not a number: the model diverged or its weights are damaged")
    }
    insideCount = inside.count
    outsideCount = outside.count
    images =
      (inside.enumerated().map { ($0.element, true, $0.offset) }
      + outside.enumerated().map { ($0.element, false, $0.offset) }).sorted { $0.0 > $1.0 }
  }

  /// Area under the receiver operating characteristic: how often an image in distribution scores above one out of it,
  /// ties counting half. Counts say how often each image counts; nil is once; no value where either set counts none.
  public func areaUnderROC(
    countingInside: [Int32]? = nil, countingOutside: [Int32]? = nil
  ) -> Double? {
    var (above, inside, outside) = (0.0, 0, 0)
    forEachRun(countingInside, countingOutside) { _, own, other in
      // In distribution and above these: all that came before; as high as these: half of a pair each.
      above += Double(other) * (Double(inside) + Double(own) / 2)
      inside += own
      outside += other
    }
    return inside == 0 || outside == 0 ? nil : above / (Double(inside) * Double(outside))
  }

  /// Share of images out of distribution that score at or above the highest threshold at which at least `rate` of
  /// those in distribution do (FPR95 at 0.95), and that threshold; nothing is interpolated.
  public func falsePositiveRate(
    atTruePositiveRate rate: Double = 0.95, countingInside: [Int32]? = nil, countingOutside: [Int32]? = nil
  ) -> (rate: Double, threshold: Double)? {
    let total = countingInside.map { $0.reduce(0) { $0 + Int($1) } } ?? insideCount
    let others = countingOutside.map { $0.reduce(0) { $0 + Int($1) } } ?? outsideCount
    guard total > 0, others > 0 else { return nil }
    var (inside, outside) = (0, 0)
    var found: (rate: Double, threshold: Double)?
    forEachRun(countingInside, countingOutside) { score, own, other in
      guard found == nil else { return }
      inside += own
      outside += other
      if Double(inside) / Double(total) >= rate { found = (Double(outside) / Double(others), score) }
    }
    return found
  }

  /// Calls `body` with each score in descending order, and how many images of either set have it.
  private func forEachRun(
    _ countsInside: [Int32]?, _ countsOutside: [Int32]?,
    _ body: (_ score: Double, _ inside: Int, _ outside: Int) -> Void
  ) {
    precondition(countsInside.map { $0.count == insideCount } ?? true, "counts of other images")
    precondition(countsOutside.map { $0.count == outsideCount } ?? true, "counts of other images")
    var start = 0
    while start < images.count {
      let score = images[start].score
      var (inside, outside) = (0, 0)
      while start < images.count, images[start].score == score {
        let one = images[start]
        if one.isInside {
          inside += countsInside.map { Int($0[one.image]) } ?? 1
        } else {
          outside += countsOutside.map { Int($0[one.image]) } ?? 1
        }
        start += 1
      }
      if inside + outside > 0 { body(score, inside, outside) }
    }
  }
}
