/// McNemar's exact test: do two models, scored on the same images, differ in accuracy?
///
/// Only images that exactly one of them gets right speak; under the null hypothesis each is a fair coin.
public struct McNemarTest: Sendable, Equatable {
  /// Images only the first, and only the second, model gets right.
  public let onlyFirst: Int
  public let onlySecond: Int
  /// Two-sided exact p-value.
  public let pValue: Double

  public init(onlyFirst: Int, onlySecond: Int) {
    self.onlyFirst = onlyFirst
    self.onlySecond = onlySecond
    let discordant = onlyFirst + onlySecond
    let fewer = min(onlyFirst, onlySecond)
    // P(X ≤ k) of a binomial(n, 1/2) is I_{1/2}(n − k, k + 1).
    let tail =
      fewer == discordant
      ? 1 : BetaDistribution(a: Double(discordant - fewer), b: Double(fewer + 1)).cumulative(0.5)
    pValue = min(1, 2 * tail)
  }
}
