import Datasets

/// All metrics of one model on one dataset; in JSON one flat object whose keys are those of DatasetScores.Key and of
/// the registered metrics.
public struct DatasetScores: Sendable, Equatable {
  public var dataset: String
  public var role: DatasetRole
  /// Images scored, and how many of them rightly.
  public var n: Int
  public var correct: Int
  /// How many classes competed for an image.
  public var classes: Int
  /// The key of the metric that the field reports for the dataset.
  public var metric: String
  /// Metric values by key; a metric without meaning here is absent.
  public var values: [String: Double]
  /// 95% intervals of them, by the same keys.
  public var intervals: [String: ConfidenceBounds]
  /// How intervals that are not exact were found; nil where nothing was resampled.
  public var resampling: Resampling?
  /// How each group of images fared; nil where they have none.
  public var groups: [GroupScore]?
  /// Of a shift: how the target's images of its classes fared; nil where there are none.
  public var twin: TwinScore?
  /// What was scored with what; nil only for predictions that come from nowhere, as in tests.
  public var provenance: ScoreProvenance?

  public init(
    dataset: String, role: DatasetRole, predictions: Predictions,
    metric: String = MetricRegistry.standard.key, resampling: Resampling? = Resampling(),
    provenance: ScoreProvenance? = nil
  ) {
    self.metric = metric
    self.provenance = provenance
    self.dataset = dataset
    self.role = role
    n = predictions.count
    correct = predictions.correct
    classes = predictions.classCount
    (values, intervals) = ([:], [:])
    groups = predictions.perGroup
    self.resampling = resampling
    guard n > 0 else { return }
    let statistics = MetricRegistry.all.compactMap { metric in
      metric.statistic(of: predictions).map { (metric, $0) }
    }
    for (metric, statistic) in statistics { values[metric.key] = statistic.value(ofAll: n) }
    let drawn = resampling?.clusters != nil
    for (metric, _) in statistics {
      guard !drawn, case .exact = metric.interval, let value = values[metric.key] else { continue }
      intervals[metric.key] = .clopperPearson(
        successes: Int((value * Double(n)).rounded()), trials: n)
    }
    guard let resampling else { return }
    let others = statistics.filter { metric, _ in
      if case .none = metric.interval { false } else { intervals[metric.key] == nil }
    }
    let found = resampling.intervals(of: others.map(\.1), predictions)
    for (one, interval) in zip(others, found) { intervals[one.0.key] = interval }
  }

  /// 95% interval of the top-1 accuracy: exact, unless images were resampled in clusters.
  public var top1Interval: ConfidenceBounds {
    intervals[MetricRegistry.standard.key] ?? .clopperPearson(successes: correct, trials: n)
  }
  /// What accuracy a shift costs beside the target's images of its classes, with its interval.
  public var drop: (value: Double, interval: ConfidenceBounds)? {
    twin.map { $0.drop(to: top1, top1Interval) }
  }
  /// Top-1 accuracy, a fraction.
  public var top1: Double { n == 0 ? 0 : Double(correct) / Double(n) }
  /// The metric that the field reports for the dataset, where it is not top-1 accuracy.
  public var ownMetric: (any Metric)? {
    metric == MetricRegistry.standard.key ? nil : MetricRegistry.named(metric)
  }
  /// What a reader of the scores must know, in a few words each; empty for those of an ordinary test set.
  public var marks: [String] {
    var marks = provenance?.marks ?? []
    if classes == 1 {
      marks.insert("only one class competes, so that every image counts as right: this is no result", at: 0)
    } else if provenance?.isOneClass == true {
      marks.insert("all images are of one class: this says nothing of the others", at: 0)
    }
    return marks
  }

  /// The value of a metric by its key.
  public subscript(metric: String) -> Double? { values[metric] }
}

extension DatasetScores: Codable {
  /// The keys that are not metrics.
  private enum Key: String, CaseIterable {
    case dataset, role, n, correct, classes, metric, groups, resampling, drop
    case twin = "id_twin"
    case precision, engine, version, overlaps, repeated
    case imagesSHA256 = "images_sha256"
    case isSelectionSet = "is_selection_set"
    case isOneClass = "is_one_class"
    case leftOut = "left_out"
  }

  /// After the key of a metric: its interval.
  private static let intervalSuffix = "_ci95"

  private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(_ name: String) { stringValue = name }
    init(_ key: Key) { stringValue = key.rawValue }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: AnyKey.self)
    try container.encode(dataset, forKey: AnyKey(.dataset))
    try container.encode(role, forKey: AnyKey(.role))
    try container.encode(n, forKey: AnyKey(.n))
    try container.encode(correct, forKey: AnyKey(.correct))
    try container.encode(classes, forKey: AnyKey(.classes))
    if metric != MetricRegistry.standard.key { try container.encode(metric, forKey: AnyKey(.metric)) }
    if let groups { try container.encode(groups, forKey: AnyKey(.groups)) }
    if let resampling { try container.encode(resampling, forKey: AnyKey(.resampling)) }
    if let twin { try container.encode(twin, forKey: AnyKey(.twin)) }
    if let drop {
      try container.encode(drop.value, forKey: AnyKey(.drop))
      try container.encode(drop.interval, forKey: AnyKey(Key.drop.rawValue + Self.intervalSuffix))
    }
    for (key, value) in values { try container.encode(value, forKey: AnyKey(key)) }
    for (key, interval) in intervals {
      try container.encode(interval, forKey: AnyKey(key + Self.intervalSuffix))
    }
    guard let provenance else { return }
    try container.encode(provenance.precision, forKey: AnyKey(.precision))
    try container.encode(provenance.engine, forKey: AnyKey(.engine))
    try container.encode(provenance.version, forKey: AnyKey(.version))
    try container.encode(provenance.imagesSHA256, forKey: AnyKey(.imagesSHA256))
    // What does not hold is not said: a reader looks for the key.
    if !provenance.overlaps.isEmpty { try container.encode(provenance.overlaps, forKey: AnyKey(.overlaps)) }
    if provenance.isSelectionSet { try container.encode(true, forKey: AnyKey(.isSelectionSet)) }
    if provenance.isOneClass { try container.encode(true, forKey: AnyKey(.isOneClass)) }
    if provenance.repeated > 0 { try container.encode(provenance.repeated, forKey: AnyKey(.repeated)) }
    if !provenance.leftOut.isEmpty { try container.encode(provenance.leftOut, forKey: AnyKey(.leftOut)) }
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: AnyKey.self)
    dataset = try container.decode(String.self, forKey: AnyKey(.dataset))
    role = try container.decode(DatasetRole.self, forKey: AnyKey(.role))
    n = try container.decode(Int.self, forKey: AnyKey(.n))
    correct = try container.decode(Int.self, forKey: AnyKey(.correct))
    classes = try container.decode(Int.self, forKey: AnyKey(.classes))
    metric =
      try container.decodeIfPresent(String.self, forKey: AnyKey(.metric)) ?? MetricRegistry.standard.key
    let taken = Set(Key.allCases.flatMap { [$0.rawValue, $0.rawValue + Self.intervalSuffix] })
    (values, intervals) = ([:], [:])
    for key in container.allKeys where !taken.contains(key.stringValue) {
      if key.stringValue.hasSuffix(Self.intervalSuffix) {
        let metric = String(key.stringValue.dropLast(Self.intervalSuffix.count))
        intervals[metric] = try container.decode(ConfidenceBounds.self, forKey: key)
      } else {
        values[key.stringValue] = try container.decode(Double.self, forKey: key)
      }
    }
    resampling = try container.decodeIfPresent(Resampling.self, forKey: AnyKey(.resampling))
    twin = try container.decodeIfPresent(TwinScore.self, forKey: AnyKey(.twin))
    groups = try container.decodeIfPresent([GroupScore].self, forKey: AnyKey(.groups))
    provenance = try container.decodeIfPresent(String.self, forKey: AnyKey(.imagesSHA256)).map { images in
      ScoreProvenance(
        precision: try container.decode(String.self, forKey: AnyKey(.precision)),
        engine: try container.decode(String.self, forKey: AnyKey(.engine)),
        version: try container.decode(String.self, forKey: AnyKey(.version)), imagesSHA256: images,
        overlaps: try container.decodeIfPresent(SetOverlaps.self, forKey: AnyKey(.overlaps)) ?? SetOverlaps(),
        isSelectionSet: try container.decodeIfPresent(Bool.self, forKey: AnyKey(.isSelectionSet)) ?? false,
        isOneClass: try container.decodeIfPresent(Bool.self, forKey: AnyKey(.isOneClass)) ?? false,
        repeated: try container.decodeIfPresent(Int.self, forKey: AnyKey(.repeated)) ?? 0,
        leftOut: try container.decodeIfPresent([String: Int].self, forKey: AnyKey(.leftOut)) ?? [:])
    }
  }
}
