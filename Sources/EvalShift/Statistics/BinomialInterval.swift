extension ConfidenceBounds {
  /// The exact interval of a fraction `successes / trials`, of Clopper and Pearson: it never covers less than `level`.
  ///
  /// With no trials nothing is known, and the interval is 0…1.
  public static func clopperPearson(successes: Int, trials: Int, level: Double = 0.95) -> ConfidenceBounds {
    guard trials > 0 else { return ConfidenceBounds(lower: 0, upper: 1) }
    let tail = (1 - level) / 2
    let k = Double(successes)
    let failures = Double(trials - successes)
    return ConfidenceBounds(
      lower: successes == 0 ? 0 : BetaDistribution(a: k, b: failures + 1).quantile(tail),
      upper: successes == trials ? 1 : BetaDistribution(a: k + 1, b: failures).quantile(1 - tail))
  }
}
