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
  /// How the temperature was found, where it is no minimum; nil where it is one, or none was fitted.
  public var temperatureOutcome: TemperatureScaling.Outcome?
  /// How each group of images fared; nil where they have none.
  public var groups: [GroupScore]?
  /// Of a shift: how the target's images of its classes fared; nil where there are none.
  public var twin: TwinScore?
  /// What was scored with what; nil only for predictions that come from nowhere, as in tests.
  public var provenance: ScoreProvenance?

  /// `metrics` are those that have a meaning here: all, but of scores that are no probabilities.
  public init(
    dataset: String, role: DatasetRole, predictions: Predictions,
    metric: String = MetricRegistry.standard.key, resampling: Resampling? = Resampling(),
    provenance: ScoreProvenance? = nil, metrics: [any Metric] = MetricRegistry.all
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
    temperatureOutcome = predictions.calibrated.flatMap {
      $0.scaling.outcome == .minimum ? nil : $0.scaling.outcome
    }
    self.resampling = resampling
    guard n > 0 else { return }
    let statistics = metrics.compactMap { metric in
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
      if case .none = metric.interval {
        false
      } else {
        intervals[metric.key] == nil && resampling.gives(metric)
      }
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
  fileprivate enum Key: String, CaseIterable {
    case dataset, role, n, correct, classes, metric, groups, resampling, drop
    case twin = "id_twin"
    case temperatureOutcome = "temperature_outcome"
    case precision, engine, version, overlaps, repeated
    case imagesSHA256 = "images_sha256"
    case isSelectionSet = "is_selection_set"
    case isOneClass = "is_one_class"
    case leftOut = "left_out"
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: NamedKey.self)
    try container.encode(dataset, forKey: NamedKey(.dataset))
    try container.encode(role, forKey: NamedKey(.role))
    try container.encode(n, forKey: NamedKey(.n))
    try container.encode(correct, forKey: NamedKey(.correct))
    try container.encode(classes, forKey: NamedKey(.classes))
    if metric != MetricRegistry.standard.key { try container.encode(metric, forKey: NamedKey(.metric)) }
    if let groups { try container.encode(groups, forKey: NamedKey(.groups)) }
    if let resampling { try container.encode(resampling, forKey: NamedKey(.resampling)) }
    try container.encodeIfPresent(temperatureOutcome, forKey: NamedKey(.temperatureOutcome))
    if let twin { try container.encode(twin, forKey: NamedKey(.twin)) }
    if let drop {
      try container.encode(drop.value, forKey: NamedKey(.drop))
      try container.encode(drop.interval, forKey: NamedKey(Key.drop.rawValue + NamedKey.intervalSuffix))
    }
    try container.encode(values, intervals)
    guard let provenance else { return }
    try container.encode(provenance.precision, forKey: NamedKey(.precision))
    try container.encode(provenance.engine, forKey: NamedKey(.engine))
    try container.encode(provenance.version, forKey: NamedKey(.version))
    try container.encode(provenance.imagesSHA256, forKey: NamedKey(.imagesSHA256))
    // What does not hold is not said: a reader looks for the key.
    if !provenance.overlaps.isEmpty { try container.encode(provenance.overlaps, forKey: NamedKey(.overlaps)) }
    if provenance.isSelectionSet { try container.encode(true, forKey: NamedKey(.isSelectionSet)) }
    if provenance.isOneClass { try container.encode(true, forKey: NamedKey(.isOneClass)) }
    if provenance.repeated > 0 { try container.encode(provenance.repeated, forKey: NamedKey(.repeated)) }
    if !provenance.leftOut.isEmpty { try container.encode(provenance.leftOut, forKey: NamedKey(.leftOut)) }
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: NamedKey.self)
    dataset = try container.decode(String.self, forKey: NamedKey(.dataset))
    role = try container.decode(DatasetRole.self, forKey: NamedKey(.role))
    n = try container.decode(Int.self, forKey: NamedKey(.n))
    correct = try container.decode(Int.self, forKey: NamedKey(.correct))
    classes = try container.decode(Int.self, forKey: NamedKey(.classes))
    metric =
      try container.decodeIfPresent(String.self, forKey: NamedKey(.metric)) ?? MetricRegistry.standard.key
    let others = Set(Key.allCases.flatMap { [$0.rawValue, $0.rawValue + NamedKey.intervalSuffix] })
    (values, intervals) = try container.metrics(besides: others)
    resampling = try container.decodeIfPresent(Resampling.self, forKey: NamedKey(.resampling))
    temperatureOutcome = try container.decodeIfPresent(
      TemperatureScaling.Outcome.self, forKey: NamedKey(.temperatureOutcome))
    twin = try container.decodeIfPresent(TwinScore.self, forKey: NamedKey(.twin))
    groups = try container.decodeIfPresent([GroupScore].self, forKey: NamedKey(.groups))
    provenance = try container.decodeIfPresent(String.self, forKey: NamedKey(.imagesSHA256)).map { images in
      ScoreProvenance(
        precision: try container.decode(String.self, forKey: NamedKey(.precision)),
        engine: try container.decode(String.self, forKey: NamedKey(.engine)),
        version: try container.decode(String.self, forKey: NamedKey(.version)), imagesSHA256: images,
        overlaps: try container.decodeIfPresent(SetOverlaps.self, forKey: NamedKey(.overlaps))
          ?? SetOverlaps(),
        isSelectionSet: try container.decodeIfPresent(Bool.self, forKey: NamedKey(.isSelectionSet)) ?? false,
        isOneClass: try container.decodeIfPresent(Bool.self, forKey: NamedKey(.isOneClass)) ?? false,
        repeated: try container.decodeIfPresent(Int.self, forKey: NamedKey(.repeated)) ?? 0,
        leftOut: try container.decodeIfPresent([String: Int].self, forKey: NamedKey(.leftOut)) ?? [:])
    }
  }
}

extension NamedKey {
  fileprivate init(_ key: DatasetScores.Key) { self.init(key.rawValue) }
}
