import Foundation

extension SeededRandom {
  /// From the beta distribution with both parameters `alpha`, above 0: in 0...1, with mean ½ and variance
  /// 1 / (4 (2 alpha + 1)).
  public mutating func beta(_ alpha: Double) -> Double {
    // The share of one of two gamma variates, by their logarithms: those of a small alpha are too small for numbers.
    let first = logGamma(alpha)
    let second = logGamma(alpha)
    return 1 / (1 + exp(second - first))
  }

  /// The logarithm of a gamma variate of shape `alpha` and scale 1 (Marsaglia & Tsang 2000).
  private mutating func logGamma(_ alpha: Double) -> Double {
    guard alpha >= 1 else { return logGamma(alpha + 1) + log(positive()) / alpha }
    let d = alpha - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = Double(normal())
      let root = 1 + c * x
      guard root > 0 else { continue }
      let v = root * root * root
      if log(positive()) < x * x / 2 + d - d * v + d * log(v) { return log(d * v) }
    }
  }

  /// Uniform in (0, 1], with 53 random bits.
  private mutating func positive() -> Double { 1 - Double(next() >> 11) * 0x1p-53 }
}
