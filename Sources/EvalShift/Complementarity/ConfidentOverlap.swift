/// Which of the most confident predictions of several models fall on the same images: the regions of a Venn diagram.
public struct ConfidentOverlap: Sendable, Equatable {
  /// How many predictions of each model were taken at most; wrong ones may be fewer.
  public let size: Int
  /// Number of images by the exact set of models that have them, a bit a model.
  public let regions: [UInt32: Int]

  /// Takes the `size` most (or least) confident predictions of each model, of all or only of the wrong ones; equal
  /// confidences go by image order.
  ///
  /// `confidences` and `correct` have a list for each of up to 32 models, of the same images.
  public init(
    confidences: [[Double]], correct: [[Bool]], size: Int, leastConfident: Bool = false,
    wrongOnly: Bool = false
  ) throws(EvaluationError) {
    guard let first = confidences.first, !first.isEmpty else { throw .noPredictions }
    guard size > 0 else { throw .statistic("the overlap of \(size) predictions: take at least one") }
    guard confidences.count <= 32 else {
      throw .notPaired("at most 32 models can be compared, not \(confidences.count)")
    }
    guard correct.count == confidences.count,
      zip(confidences, correct).allSatisfy({ $0.count == first.count && $1.count == first.count })
    else { throw .notPaired("the models have different numbers of predictions") }
    var sets = [UInt32](repeating: 0, count: first.count)
    for (model, (confidence, isCorrect)) in zip(confidences, correct).enumerated() {
      let order = confidence.indices.filter { !wrongOnly || !isCorrect[$0] }.sorted {
        let (a, b) = (confidence[$0], confidence[$1])
        return a == b ? $0 < $1 : (a > b) != leastConfident
      }
      for image in order.prefix(size) { sets[image] |= 1 << UInt32(model) }
    }
    self.size = size
    regions = sets.reduce(into: [:]) { counts, set in if set != 0 { counts[set, default: 0] += 1 } }
  }

  /// The same of models' predictions of the same images.
  public init(
    _ models: [Predictions], size: Int, leastConfident: Bool = false, wrongOnly: Bool = false
  ) throws(EvaluationError) {
    var aligned: [Predictions] = []
    for model in models { aligned.append(try model.aligned(with: models[0])) }
    try self.init(
      confidences: aligned.map { $0.rows.map(\.confidence) },
      correct: aligned.map { $0.rows.map(\.isCorrect) },
      size: size, leastConfident: leastConfident, wrongOnly: wrongOnly)
  }

  /// Number of images that all the models of `members` have among theirs.
  public func shared(by members: [Int]) -> Int {
    let mask = members.reduce(UInt32(0)) { $0 | (1 << UInt32($1)) }
    return regions.reduce(0) { $0 + ($1.key & mask == mask ? $1.value : 0) }
  }
}
