/// Which images three models are most, or least, sure of, by how many of them they have in common.
public struct ConfidentOverlap: Codable, Sendable, Equatable {
  /// Which of a model's predictions are looked at.
  public enum Confidence: String, Codable, Sendable { case most, least }
  /// Whether only right, only wrong or all predictions are looked at.
  public enum Outcome: String, Codable, Sendable { case correct, wrong, all }

  public var dataset: String
  /// How many predictions of each model are looked at.
  public var k: Int
  public var confidence: Confidence
  public var outcome: Outcome
  /// The names of the three models.
  public var models: [String]
  /// The images of one model alone: the first, the second, the third.
  public var single: [Int]
  /// The images of two models and not the third: first and second, first and third, second and third.
  public var pairs: [Int]
  /// The images of all three.
  public var all: Int

  /// The overlap of the `k` predictions of each of three `models` on `dataset`; nil unless there are three of each.
  public init?(
    dataset: String, k: Int, confidence: Confidence, outcome: Outcome, models: [String], single: [Int],
    pairs: [Int], all: Int
  ) {
    guard models.count == 3, single.count == 3, pairs.count == 3 else { return nil }
    self.dataset = dataset
    self.k = k
    self.confidence = confidence
    self.outcome = outcome
    self.models = models
    self.single = single
    self.pairs = pairs
    self.all = all
  }

  /// Whether it has what three circles need; a file can say anything.
  package var isWhole: Bool { models.count == 3 && single.count == 3 && pairs.count == 3 }
}
