import EvalShift

/// The difference in accuracy between two models on the same images, with a bootstrap interval: what tests ask of the bootstrap.
struct PairedBootstrap: Sendable, Equatable {
  /// Accuracy of the second model minus that of the first.
  let difference: Double
  /// The percentile interval of the difference.
  let bounds: ConfidenceBounds
  /// Variance of the difference over draws of the images; nil of one round.
  let variance: Double?

  /// From whether each image is right by either model, and how images are drawn: the same draws for both.
  init(
    first: [Bool], second: [Bool], counts: BootstrapCounts, level: Double = 0.95
  ) throws(EvaluationError) {
    guard first.count == second.count, first.count == counts.images else {
      throw .notPaired("\(first.count) and \(second.count) images, drawn among \(counts.images)")
    }
    let gains = zip(first, second).map { Int32($1 ? 1 : 0) - Int32($0 ? 1 : 0) }
    let distribution = counts.evaluate { counts in
      // Drawn whole clusters may be more or fewer images than there are.
      var (sum, drawn) = (0, 0)
      for (gain, count) in zip(gains, counts) {
        sum += Int(gain &* count)
        drawn += Int(count)
      }
      return Double(sum) / Double(drawn)
    }
    guard let bounds = try distribution.interval(level: level) else { throw .noPredictions }
    difference = Double(gains.reduce(0) { $0 + Int($1) }) / Double(gains.count)
    self.bounds = bounds
    variance = distribution.variance
  }
}

extension PairedBootstrap {
  /// Draws the images of two models' predictions, `rounds` times.
  init(
    first: Predictions, second: Predictions, rounds: Int = BootstrapCounts.defaultRounds,
    level: Double = 0.95, seed: UInt64 = 0
  ) throws(EvaluationError) {
    let second = try second.aligned(with: first)
    try self.init(
      first: first.rows.map(\.isCorrect), second: second.rows.map(\.isCorrect),
      counts: BootstrapCounts(images: first.count, rounds: rounds, seed: seed), level: level)
  }
}
