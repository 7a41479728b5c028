import Foundation

/// What a statistic was in the rounds of a bootstrap.
///
/// The default interval is the percentile one: it needs nothing but the rounds, never leaves the statistic's range, and
/// covers 95 ± 1% for accuracies and their differences from 1,000 images on. Of few images, and of statistics whose
/// distribution is skewed or biased, it covers too little; `acceleratedInterval` corrects for both to second order.
public struct BootstrapDistribution: Sendable, Equatable {
  /// The values in ascending order, of the rounds in which there was one.
  public let sorted: [Double]
  /// The number of rounds in which the statistic had no meaning: the interval says nothing of them.
  public let undefined: Int

  init(rounds: [Double?]) {
    sorted = rounds.compactMap { $0 }.sorted()
    undefined = rounds.count - sorted.count
  }

  /// From the values of rounds that were computed elsewhere; what is no finite number counts as undefined.
  public init(_ values: [Double]) { self.init(rounds: values.map { $0.isFinite ? $0 : nil }) }

  /// The variance of the statistic over draws of the images (with n − 1); nil of fewer than two values.
  public var variance: Double? {
    guard sorted.count > 1 else { return nil }
    let mean = sorted.reduce(0, +) / Double(sorted.count)
    return sorted.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(sorted.count - 1)
  }

  /// The percentile interval (Efron & Tibshirani 1993, chapter 13), with numpy's linear quantiles; nil where no round
  /// has a value.
  public func interval(level: Double = 0.95) throws(EvaluationError) -> ConfidenceBounds? {
    try ConfidenceBounds.requireLevel(level)
    return bounds(level)
  }

  /// The same at 95%.
  public var percentileBounds: ConfidenceBounds? { bounds(0.95) }

  private func bounds(_ level: Double) -> ConfidenceBounds? {
    guard !sorted.isEmpty else { return nil }
    return ConfidenceBounds(
      lower: sorted.sortedQuantile((1 - level) / 2), upper: sorted.sortedQuantile((1 + level) / 2))
  }

  /// The bias-corrected and accelerated interval (Efron 1987), as SciPy computes it; nil where it has none: no round
  /// or leave-out without a value, all rounds on one side of `observed`, or no variation among the leave-outs.
  ///
  /// `observed` is the statistic of all images, `jackknife` what `BootstrapCounts.jackknife` returns.
  public func acceleratedInterval(
    observed: Double, jackknife: [Double?], level: Double = 0.95
  ) throws(EvaluationError) -> ConfidenceBounds? {
    try ConfidenceBounds.requireLevel(level)
    let without = jackknife.compactMap { $0 }
    guard undefined == 0, !sorted.isEmpty, without.count == jackknife.count, without.count > 1 else {
      return nil
    }
    // Ties with the observed value count half.
    let below = sorted.count { $0 < observed }
    let atMost = sorted.count { $0 <= observed }
    let bias = NormalDistribution.quantile(Double(below + atMost) / Double(2 * sorted.count))
    let mean = without.reduce(0, +) / Double(without.count)
    let squares = without.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    guard squares > 0, bias.isFinite else { return nil }
    let cubes = without.reduce(0) { $0 + (mean - $1) * (mean - $1) * (mean - $1) }
    let acceleration = cubes / (6 * pow(squares, 1.5))
    func fraction(_ tail: Double) -> Double {
      let z = bias + NormalDistribution.quantile(tail)
      return NormalDistribution.cumulative(bias + z / (1 - acceleration * z))
    }
    return ConfidenceBounds(
      lower: sorted.sortedQuantile(fraction((1 - level) / 2)),
      upper: sorted.sortedQuantile(fraction((1 + level) / 2)))
  }
}
