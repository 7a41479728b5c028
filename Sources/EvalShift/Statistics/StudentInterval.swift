/// The interval of the mean of a few repeated measurements, such as those of runs that differ in their seeds
/// (Student 1908); exact where they are normally distributed.
public struct StudentInterval: Sendable, Equatable {
  /// Number of measurements.
  public let count: Int
  public let mean: Double
  /// Variance of one measurement, with n − 1.
  public let variance: Double
  public let bounds: ConfidenceBounds

  /// The interval of the mean of `values`; nil of fewer than two, which say nothing of their spread.
  public init?(of values: [Double], level: Double = 0.95) throws(EvaluationError) {
    try ConfidenceBounds.requireLevel(level)
    guard values.count > 1 else { return nil }
    let (mean, variance, half) = Self.spread(values, level: level)
    self.count = values.count
    self.mean = mean
    self.variance = variance
    bounds = ConfidenceBounds(lower: mean - half, upper: mean + half)
  }

  /// Half the width of the 95% interval of the mean of `values`; nil of fewer than two.
  public static func halfWidth(_ values: [Double]) -> Double? {
    values.count > 1 ? spread(values, level: 0.95).half : nil
  }

  private static func spread(
    _ values: [Double], level: Double
  ) -> (mean: Double, variance: Double, half: Double) {
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
    let t = quantile(degreesOfFreedom: values.count - 1, level: level)
    return (mean, variance, t * (variance / count).squareRoot())
  }

  /// The t with P(|T| ≤ t) = `level` of Student's t distribution; at least one degree of freedom is taken.
  public static func quantile(degreesOfFreedom: Int, level: Double = 0.95) -> Double {
    let nu = Double(max(1, degreesOfFreedom))
    // P(|T| > t) = I_x(ν/2, 1/2) with x = ν / (ν + t²), and 1 − x = t² / (ν + t²): the smaller keeps its digits.
    let x = BetaDistribution(a: nu / 2, b: 0.5).quantile(1 - level)
    if x < 0.5 { return (nu * (1 - x) / x).squareRoot() }
    let y = BetaDistribution(a: 0.5, b: nu / 2).quantile(level)
    return (nu * y / (1 - y)).squareRoot()
  }
}
