/// Which of the most confident predictions of several models fall on the same images: the regions of a Venn diagram.
public struct ConfidentOverlap: Sendable, Equatable {
  /// How many predictions of each model were taken.
  public let size: Int
  /// Number of images by the exact set of models that have them, a bit a model.
  public let regions: [UInt32: Int]

  /// Takes the `size` most (or least) confident predictions of each model, of all or only of the wrong ones; equal
  /// confidences go by image order.
  public init(
    _ models: [Predictions], size: Int, leastConfident: Bool = false, wrongOnly: Bool = false
  ) throws(EvaluationError) {
    guard let first = models.first else { throw .noPredictions }
    guard models.count <= 32 else {
      throw .notPaired("at most 32 models can be compared, not \(models.count)")
    }
    var sets = [UInt32](repeating: 0, count: first.count)
    for (model, predictions) in models.enumerated() {
      try Predictions.requirePaired(first, predictions)
      let rows = predictions.rows
      let order = rows.indices.filter { !wrongOnly || !rows[$0].isCorrect }.sorted {
        let (a, b) = (rows[$0].confidence, rows[$1].confidence)
        return a == b ? $0 < $1 : (a > b) != leastConfident
      }
      for image in order.prefix(max(0, size)) { sets[image] |= 1 << UInt32(model) }
    }
    self.size = max(0, size)
    regions = sets.reduce(into: [:]) { counts, set in if set != 0 { counts[set, default: 0] += 1 } }
  }

  /// Number of images that all the models of `members` have among theirs.
  public func shared(by members: [Int]) -> Int {
    let mask = members.reduce(UInt32(0)) { $0 | (1 << UInt32($1)) }
    return regions.reduce(0) { $0 + ($1.key & mask == mask ? $1.value : 0) }
  }
}
