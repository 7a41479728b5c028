import Foundation

/// The standard normal distribution.
enum NormalDistribution {
  /// P(Z ≤ z), exact in both tails.
  static func cumulative(_ z: Double) -> Double { 0.5 * erfc(-z / 2.0.squareRoot()) }

  /// The z with P(Z ≤ z) = `probability`, infinite at 0 and 1; found by bisection to the last bit.
  static func quantile(_ probability: Double) -> Double {
    if probability <= 0 { return -.infinity }
    if probability >= 1 { return .infinity }
    // The upper half through the lower one, where small probabilities keep their digits.
    if probability > 0.5 { return -quantile(1 - probability) }
    var (low, high) = (-39.0, 0.0)
    while true {
      let middle = (low + high) / 2
      if middle <= low || middle >= high { return middle }
      if cumulative(middle) < probability { low = middle } else { high = middle }
    }
  }
}
