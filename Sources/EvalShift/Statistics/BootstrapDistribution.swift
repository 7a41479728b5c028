import Foundation

/// What a statistic was in the rounds of a bootstrap.
///
/// The default interval is the percentile one: it needs nothing but the rounds and never leaves the statistic's range.
/// Percentiles alone are too narrow of few units by the factor √((n − 1) / n) and by the normal distribution where
/// Student's would be due; both are put right (Hesterberg, What teachers should know about the bootstrap, 2015), which is
/// nothing to see from a few hundred units on. Simulated, it covers 94 to 96% of accuracies and differences in accuracy
/// of 30 to 1,000 images, of clusters from 10 on, and of mean losses from 200 images on. It fails where there are next to
/// no errors, or next to no successes, to draw: 87% with two errors expected among 100 images, where the exact interval
/// of a proportion holds; and it covers 93.5% of the mean loss of 50 images, as the bias-corrected and accelerated
/// interval (Efron 1987) does, which is not offered for that.
public struct BootstrapDistribution: Sendable, Equatable {
  /// The values in ascending order, of the rounds in which there was one.
  public let sorted: [Double]
  /// The number of rounds in which the statistic had no meaning: the interval says nothing of them.
  public let undefined: Int
  /// How many units were drawn among; nil where that is not known, and then percentiles are taken as they are.
  public let units: Int?

  init(rounds: [Double?], units: Int?) {
    sorted = rounds.compactMap { $0 }.filter(\.isFinite).sorted()
    undefined = rounds.count - sorted.count
    self.units = units
  }

  /// From the values of rounds that were computed elsewhere; what is no finite number counts as undefined.
  public init(_ values: [Double]) {
    self.init(rounds: values.map { $0.isFinite ? $0 : nil }, units: nil)
  }

  /// The variance of the statistic over draws of the images (with n − 1); nil of fewer than two values.
  public var variance: Double? {
    guard sorted.count > 1 else { return nil }
    let mean = sorted.reduce(0, +) / Double(sorted.count)
    return sorted.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(sorted.count - 1)
  }

  /// The percentile interval (Efron & Tibshirani 1993, chapter 13), with numpy's linear quantiles and widened for few
  /// units; nil where no round has a value. `parameters` is how many numbers the statistic fits: 1 is a mean.
  public func interval(
    level: Double = 0.95, parameters: Int = 1
  ) throws(EvaluationError) -> ConfidenceBounds? {
    try ConfidenceBounds.requireLevel(level)
    return bounds(level, parameters)
  }

  /// The same at 95%.
  public var percentileBounds: ConfidenceBounds? { bounds(0.95, 1) }

  private func bounds(_ level: Double, _ parameters: Int) -> ConfidenceBounds? {
    guard !sorted.isEmpty else { return nil }
    var tail = (1 - level) / 2
    if let units {
      let degrees = units - parameters
      let t = StudentInterval.quantile(degreesOfFreedom: degrees, level: level)
      let widening = (Double(units) / Double(degrees)).squareRoot()
      tail = degrees > 0 ? NormalDistribution.cumulative(-widening * t) : 0
    }
    return ConfidenceBounds(lower: sorted.sortedQuantile(tail), upper: sorted.sortedQuantile(1 - tail))
  }
}
