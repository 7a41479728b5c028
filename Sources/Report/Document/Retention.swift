/// What a fine-tuned model still knows of another dataset, with that dataset's own zero-shot classifier.
public struct Retention: Codable, Sendable, Equatable {
  public var method: String
  /// The weight of the fine-tuned end.
  public var alpha: Double
  public var dataset: String
  public var before: Score
  public var after: Score
  /// The interval of the paired difference, after minus before, in fractions; nil where it was not computed.
  public var difference: ConfidenceInterval?

  /// The accuracy on `dataset` before `method` trained and after.
  public init(
    method: String, alpha: Double = 1, dataset: String, before: Score, after: Score,
    difference: ConfidenceInterval? = nil
  ) {
    self.method = method
    self.alpha = alpha
    self.dataset = dataset
    self.before = before
    self.after = after
    self.difference = difference
  }
}
