import TensorCore

extension OutlierDetection {
  /// How well the score tells the two sets, with 95% intervals.
  public struct Score: Sendable, Equatable {
    public let areaUnderROC: Double
    public let areaInterval: ConfidenceBounds?
    /// The share of outliers that pass where 95% of the others do.
    public let falsePositiveRate: Double
    public let rateInterval: ConfidenceBounds?
  }

  /// The score of all images; for the intervals, images of either set are drawn apart.
  public func score(resampling: Resampling = Resampling()) throws(EvaluationError) -> Score {
    guard let area = areaUnderROC(), let rate = falsePositiveRate() else { throw .noPredictions }
    let inside = try BootstrapCounts(
      images: insideCount, rounds: resampling.rounds, seed: resampling.seed)
    let outside = try BootstrapCounts(
      images: outsideCount, rounds: resampling.rounds, seed: SeededRandom.seed(resampling.seed, 1))
    let rounds = resampling.rounds
    // Area and rate of each round, one after the other.
    let values = [Double](unsafeUninitializedCapacity: 2 * rounds) { output, initialized in
      nonisolated(unsafe) let output = output
      parallelFor(count: rounds, grain: 8) { range in
        for round in range {
          let (own, others) = (inside.counts(round: round), outside.counts(round: round))
          let area = areaUnderROC(countingInside: own, countingOutside: others) ?? .nan
          let rate = falsePositiveRate(countingInside: own, countingOutside: others)?.rate ?? .nan
          output.initializeElement(at: 2 * round, to: area)
          output.initializeElement(at: 2 * round + 1, to: rate)
        }
      }
      initialized = 2 * rounds
    }
    func bounds(_ first: Int) -> ConfidenceBounds? {
      BootstrapDistribution(stride(from: first, to: 2 * rounds, by: 2).map { values[$0] }).percentileBounds
    }
    return Score(
      areaUnderROC: area, areaInterval: bounds(0), falsePositiveRate: rate.rate, rateInterval: bounds(1))
  }
}
