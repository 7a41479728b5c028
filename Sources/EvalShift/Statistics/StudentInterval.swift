/// How far the mean of a few repeated measurements may lie from what they measure.
public enum StudentInterval {
  /// The two-sided 95% quantile of Student's t distribution.
  ///
  /// From P(|T| > t) = I_x(ν/2, 1/2) with x = ν / (ν + t²).
  public static func quantile(degreesOfFreedom: Int) -> Double {
    let nu = Double(max(1, degreesOfFreedom))
    let x = BetaDistribution(a: nu / 2, b: 0.5).quantile(0.05)
    return (nu * (1 - x) / x).squareRoot()
  }

  /// Half the width of the 95% interval of the mean of `values`; nil of fewer than two.
  public static func halfWidth(_ values: [Double]) -> Double? {
    guard values.count > 1 else { return nil }
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
    return quantile(degreesOfFreedom: values.count - 1) * (variance / count).squareRoot()
  }
}
