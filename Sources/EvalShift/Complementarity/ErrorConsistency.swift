/// Whether two models get the same images right: error consistency (Geirhos, Meding & Wichmann 2020, Beyond accuracy).
public struct ErrorConsistency: Sendable, Equatable {
  public let images: Int
  /// Number of images that both models, or only one of them, get right.
  public let bothCorrect: Int
  public let onlyFirst: Int
  public let onlySecond: Int

  /// From whether either model gets each image right.
  public init(_ first: [Bool], _ second: [Bool]) throws(EvaluationError) {
    guard first.count == second.count else {
      throw .notPaired("\(first.count) predictions against \(second.count)")
    }
    guard !first.isEmpty else { throw .noPredictions }
    let once = [Int32](repeating: 1, count: first.count)
    guard let all = Self.counted(first, second, once) else { throw .noPredictions }
    self = all
  }

  private init(images: Int, both: Int, first: Int, second: Int) {
    (self.images, bothCorrect, onlyFirst, onlySecond) = (images, both, first, second)
  }

  /// With each image as often as `counts` says; nil where that is never.
  static func counted(_ first: [Bool], _ second: [Bool], _ counts: [Int32]) -> ErrorConsistency? {
    var (images, both, one, two) = (0, 0, 0, 0)
    for place in counts.indices {
      let count = Int(counts[place])
      images += count
      switch (first[place], second[place]) {
      case (true, true): both += count
      case (true, false): one += count
      case (false, true): two += count
      case (false, false): break
      }
    }
    return images == 0 ? nil : ErrorConsistency(images: images, both: both, first: one, second: two)
  }

  /// Images that both models get wrong.
  public var neitherCorrect: Int { images - bothCorrect - onlyFirst - onlySecond }
  /// Share of images that exactly one model gets right.
  public var exactlyOneRight: Double { Double(onlyFirst + onlySecond) / Double(images) }
  /// Accuracy of an oracle that picks the better of the two for each image: an upper bound of any combination.
  public var oracleAccuracy: Double { Double(bothCorrect + onlyFirst + onlySecond) / Double(images) }
  /// Cohen's kappa of being right: 0 for errors that are independent, 1 for the same errors; nil where both models are
  /// always right, or both always wrong.
  public var kappa: Double? {
    let n = Double(images)
    let first = Double(bothCorrect + onlyFirst) / n
    let second = Double(bothCorrect + onlySecond) / n
    return CohenKappa.value(
      observed: Double(bothCorrect + neitherCorrect) / n,
      chance: first * second + (1 - first) * (1 - second))
  }
  /// McNemar's test of equal accuracy.
  public var mcNemar: McNemarTest { McNemarTest(onlyFirst: onlyFirst, onlySecond: onlySecond) }
}
