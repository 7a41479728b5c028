import Foundation

/// The beta distribution, to about 1e-11 of each probability, for binomial intervals and tests of up to 10⁸ trials.
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
    return front(x, a, b) * fraction / a
  }

  /// x^a (1 − x)^b / B(a, b), as Loader (2000) computes binomial probabilities: the large terms of the logarithms of
  /// gamma functions cancel on paper, not in floating point.
  private static func front(_ x: Double, _ a: Double, _ b: Double) -> Double {
    let n = a + b
    let excess = n * x - a
    let deviance = -a * logRatio(n * x, excess, a) - b * logRatio(n * (1 - x), -excess, b)
    let scale = (a / n * b / (2 * .pi)).squareRoot()
    return scale * exp(stirlingError(n) - stirlingError(a) - stirlingError(b) - deviance)
  }

  /// log(value / base), where `difference` is value − base and keeps the digits of a ratio near 1.
  private static func logRatio(_ value: Double, _ difference: Double, _ base: Double) -> Double {
    abs(difference) < base / 2 ? log1p(difference / base) : log(value / base)
  }

  /// log Γ(z) less Stirling's formula.
  private static func stirlingError(_ z: Double) -> Double {
    guard z >= 16 else { return lgamma(z) - (z - 0.5) * log(z) + z - 0.5 * log(2 * .pi) }
    let square = z * z
    return
      (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - (1.0 / 1680 - 1.0 / 1188 / square) / square) / square) / square)
      / z
  }

  private static func notZero(_ value: Double, _ tiny: Double) -> Double { abs(value) < tiny ? tiny : value }
}
