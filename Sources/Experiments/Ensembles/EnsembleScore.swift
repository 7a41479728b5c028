import EvalShift

/// Members combined on one set; in JSON one flat object with the keys of the metrics.
public struct EnsembleScore: Sendable, Equatable {
  /// Why these members were combined.
  public enum Kind: String, Sendable, Codable, CaseIterable {
    /// Any two.
    case pair
    /// All there are.
    case all
    /// Those chosen on validation images.
    case selected
  }

  public let kind: Kind
  /// Names; a member that weighs twice is there twice.
  public let members: [String]
  /// By the keys of the metrics that the combination has.
  public let values: [String: Double]
  public let intervals: [String: ConfidenceBounds]
  /// The member that is best alone on this set, and how much more accurate the combination is, images drawn alike for both.
  public let best: String
  public let gain: Double
  public let gainInterval: ConfidenceBounds?

  public var top1: Double? { values[MetricRegistry.standard.key] }
}

extension EnsembleScore {
  /// Of `members` of a set by their places, whose combination is `predictions`.
  init(
    _ kind: Kind, _ members: [Int], names: [String], of set: EnsembleSet, predictions: Predictions,
    metrics: [any Metric], resampling: Resampling
  ) {
    self.kind = kind
    self.members = members.map { names[$0] }
    let before = set.kept.scores
    let scores = DatasetScores(
      dataset: before.dataset, role: before.role, predictions: predictions, metric: before.metric,
      resampling: resampling, provenance: before.provenance, metrics: metrics)
    (values, intervals) = (scores.values, scores.intervals)
    let single = set.best(of: members)
    best = names[single]
    let gains = zip(predictions.rows, set.predictions[single].rows).map { combined, alone in
      (combined.isCorrect ? 1.0 : 0) - (alone.isCorrect ? 1.0 : 0)
    }
    gain = gains.reduce(0, +) / Double(gains.count)
    gainInterval = resampling.intervals(of: [.mean(gains)], predictions)[0]
  }
}

extension EnsembleScore: Codable {
  private enum Key: String, CaseIterable {
    case kind, members, best, gain
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: NamedKey.self)
    kind = try container.decode(Kind.self, forKey: NamedKey(Key.kind.rawValue))
    members = try container.decode([String].self, forKey: NamedKey(Key.members.rawValue))
    best = try container.decode(String.self, forKey: NamedKey(Key.best.rawValue))
    gain = try container.decode(Double.self, forKey: NamedKey(Key.gain.rawValue))
    let interval = Key.gain.rawValue + NamedKey.intervalSuffix
    gainInterval = try container.decodeIfPresent(ConfidenceBounds.self, forKey: NamedKey(interval))
    (values, intervals) = try container.metrics(besides: Set(Key.allCases.map(\.rawValue) + [interval]))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: NamedKey.self)
    try container.encode(kind, forKey: NamedKey(Key.kind.rawValue))
    try container.encode(members, forKey: NamedKey(Key.members.rawValue))
    try container.encode(best, forKey: NamedKey(Key.best.rawValue))
    try container.encode(gain, forKey: NamedKey(Key.gain.rawValue))
    try container.encodeIfPresent(
      gainInterval, forKey: NamedKey(Key.gain.rawValue + NamedKey.intervalSuffix))
    try container.encode(values, intervals)
  }
}
