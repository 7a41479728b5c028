/// How two models differ image by image: do they make the same predictions, and the same mistakes?
public struct ModelPair: Sendable, Equatable {
  /// Images scored, and of those how many both, one, or neither of the models get right.
  public let n: Int
  public let bothCorrect: Int
  public let onlyFirst: Int
  public let onlySecond: Int
  /// Fraction of images with the same predicted class.
  public let agreement: Double
  /// Cohen's kappa of the predicted classes: agreement beyond what the class frequencies give by chance.
  public let predictionKappa: Double
  /// Cohen's kappa of being right: error consistency (Geirhos et al. 2020).
  public let errorKappa: Double
  /// McNemar's test of equal accuracy.
  public let mcNemar: McNemarTest

  public init(_ first: Predictions, _ second: Predictions) throws(EvaluationError) {
    try Predictions.requirePaired(first, second)
    n = first.count
    let total = Double(n)
    var same = 0
    var (both, one, two) = (0, 0, 0)
    var firstCounts: [Int32: Int] = [:]
    var secondCounts: [Int32: Int] = [:]
    for (a, b) in zip(first.rows, second.rows) {
      if a.predicted == b.predicted { same += 1 }
      firstCounts[a.predicted, default: 0] += 1
      secondCounts[b.predicted, default: 0] += 1
      switch (a.isCorrect, b.isCorrect) {
      case (true, true): both += 1
      case (true, false): one += 1
      case (false, true): two += 1
      case (false, false): break
      }
    }
    bothCorrect = both
    onlyFirst = one
    onlySecond = two
    agreement = Double(same) / total
    let chance = firstCounts.reduce(0.0) { sum, entry in
      sum + Double(entry.value) / total * (Double(secondCounts[entry.key] ?? 0) / total)
    }
    predictionKappa = Self.kappa(observed: agreement, chance: chance)
    let firstAccuracy = Double(both + one) / total
    let secondAccuracy = Double(both + two) / total
    errorKappa = Self.kappa(
      observed: Double(n - one - two) / total,
      chance: firstAccuracy * secondAccuracy + (1 - firstAccuracy) * (1 - secondAccuracy))
    mcNemar = McNemarTest(onlyFirst: one, onlySecond: two)
  }

  /// Images both models get wrong.
  public var neitherCorrect: Int { n - bothCorrect - onlyFirst - onlySecond }
  /// Fraction of images that exactly one model gets right.
  public var diversity: Double { Double(onlyFirst + onlySecond) / Double(n) }
  /// Accuracy of an oracle that picks the better of the two for each image: an upper bound of any combination.
  public var oracleTop1: Double { Double(bothCorrect + onlyFirst + onlySecond) / Double(n) }

  /// 1 when chance already agrees on everything.
  private static func kappa(observed: Double, chance: Double) -> Double {
    chance >= 1 ? 1 : (observed - chance) / (1 - chance)
  }
}
