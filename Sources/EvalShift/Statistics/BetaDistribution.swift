import Foundation

/// The beta distribution, exact enough (1e-10 relative) for binomial intervals and tests.
public struct BetaDistribution: Sendable {
  /// Shape parameters, both positive.
  public let a: Double
  public let b: Double

  /// - Precondition: `a > 0` and `b > 0`.
  public init(a: Double, b: Double) {
    precondition(a > 0 && b > 0)
    self.a = a
    self.b = b
  }

  /// P(X ≤ x): the regularised incomplete beta function.
  public func cumulative(_ x: Double) -> Double {
    if x <= 0 { return 0 }
    if x >= 1 { return 1 }
    // The continued fraction converges fast below the mean; above it, use the symmetry I_x(a,b) = 1 − I_{1−x}(b,a).
    if x > (a + 1) / (a + b + 2) { return 1 - Self.lowerTail(1 - x, b, a) }
    return Self.lowerTail(x, a, b)
  }

  /// The x with P(X ≤ x) = `probability`, found by bisection to the last bit.
  public func quantile(_ probability: Double) -> Double {
    if probability <= 0 { return 0 }
    if probability >= 1 { return 1 }
    var low = 0.0
    var high = 1.0
    for _ in 0..<200 {
      let middle = (low + high) / 2
      if middle <= low || middle >= high { break }
      if cumulative(middle) < probability { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }

  /// I_x(a, b) for x below the mean, by Lentz's evaluation of its continued fraction.
  private static func lowerTail(_ x: Double, _ a: Double, _ b: Double) -> Double {
    let logFront = lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)
    let tiny = 1e-300
    var c = 1.0
    var d = 1 / notZero(1 - (a + b) * x / (a + 1), tiny)
    var fraction = d
    for step in 1...20_000 {
      let m = Double(step)
      let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
      d = 1 / notZero(1 + even * d, tiny)
      c = notZero(1 + even / c, tiny)
      fraction *= d * c
      let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
      d = 1 / notZero(1 + odd * d, tiny)
      c = notZero(1 + odd / c, tiny)
      fraction *= d * c
      if abs(d * c - 1) < 1e-15 { break }
    }
    return exp(logFront) * fraction / a
  }

  private static func notZero(_ value: Double, _ tiny: Double) -> Double { abs(value) < tiny ? tiny : value }
}
