/// Cohen's kappa (1960): how much of the agreement is beyond what chance would give.
enum CohenKappa {
  /// From the observed share of agreement and that expected by chance; nil, as 0/0 is, where chance agrees on
  /// everything: both always give one and the same answer.
  static func value(observed: Double, chance: Double) -> Double? {
    chance >= 1 ? nil : (observed - chance) / (1 - chance)
  }
}
