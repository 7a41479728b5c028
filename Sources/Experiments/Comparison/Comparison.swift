import Datasets
import EvalShift
import Foundation
import Training

/// How the predictions of several models for one set differ: what `clipft compare --json` prints for a set.
public struct Comparison: Codable, Sendable, Equatable {
  /// One model.
  public struct Model: Codable, Sendable, Equatable {
    public let run: String
    /// What it has in common with those that differ from it only in their seeds.
    public let group: String
    public let method: String
    public let seed: UInt64?
    public let alpha: Double
    public let top1: Double
    public let top1Interval: ConfidenceBounds

    enum CodingKeys: String, CodingKey {
      case run, group, method, seed, alpha, top1
      case top1Interval = "top1_ci95"
    }
  }

  /// Two models.
  public struct Pair: Sendable, Equatable {
    public let a: String
    public let b: String
    /// Whether they differ in nothing but their seeds.
    public let isOfSeeds: Bool
    /// Exact p-value of McNemar's test of equal accuracy, and after Holm's correction over all pairs that differ in more than seeds.
    public let mcNemar: Double
    public var holm: Double?
    /// By the keys of the metrics of pairs.
    public let values: [String: Double]
    public let intervals: [String: ConfidenceBounds]
  }

  /// A metric of pairs between runs that differ only in their seeds: what another draw of the same does.
  public struct Baseline: Codable, Sendable, Equatable {
    public let pairs: Int
    public let mean: Double
    public let lowest: Double
    public let highest: Double
  }

  /// Two groups of runs, or the seeds of one.
  public struct GroupPair: Sendable, Equatable {
    public let a: String
    public let b: String
    /// Pairs of runs, one of each group.
    public let pairs: Int
    /// Means over those pairs.
    public let values: [String: Double]
    /// How many of the pairs differ in accuracy at 5% after Holm's correction.
    public let significant: Int
  }

  /// The runs of a group together: both sources of chance in their mean accuracy, said apart.
  public struct Method: Codable, Sendable, Equatable {
    public let group: String
    public let seeds: Int
    /// Mean accuracy of the runs.
    public let top1: Double
    /// Of both sources; of one run, of the images alone.
    public let top1Interval: ConfidenceBounds
    /// Standard deviation of one run's accuracy from seed to seed; nil of one run.
    public let seedDeviation: Double?
    /// Standard error of the mean accuracy over draws of the images, these runs being given.
    public let imageError: Double

    enum CodingKeys: String, CodingKey {
      case group, seeds, top1
      case top1Interval = "top1_ci95"
      case seedDeviation = "seed_sd"
      case imageError = "image_se"
    }
  }

  /// Which models are most and least confident of the same images.
  public struct Overlap: Codable, Sendable, Equatable {
    /// Images taken of each model.
    public let size: Int
    /// Number of images by the runs that have them among theirs, and no other: names joined by `+`.
    public let most: [String: Int]
    public let least: [String: Int]
  }

  public let dataset: String
  public let n: Int
  public let imagesSHA256: String
  public let precision: String
  /// Which classes competed for an image.
  public let competition: Competition
  public let marks: [String]
  public let resampling: Resampling
  public let runs: [Model]
  public let methods: [Method]
  public let pairs: [Pair]
  public let groups: [GroupPair]
  /// By the keys of the metrics of pairs; empty where no two runs differ only in their seeds.
  public let seedBaseline: [String: Baseline]
  /// Of the first three groups, a run each; nil of fewer than two.
  public let confident: Overlap?
}

extension Comparison {
  /// The chance of a false alarm that is asked of a test.
  public static let level = 0.05

  /// Compares every two of `models`, of one set; `observe` is called after each pair.
  ///
  /// Throws unless all are of the same images, classes and precision.
  public init(
    _ models: [ComparedModel], resampling: Resampling = Resampling(), observe: () throws -> Void = {}
  ) throws {
    guard let first = models.first, models.count > 1 else {
      throw TrainingError.badSetting("A comparison takes at least two runs; name another.")
    }
    for other in models.dropFirst() {
      try other.kept.requireComparable(to: first.kept, names: (other.name, first.name))
    }
    let outputs = try models.map { try $0.outputs() }
    var pairs: [Pair] = []
    for (i, one) in models.enumerated() {
      for j in models.indices.dropFirst(i + 1) {
        pairs.append(
          try Self.pair(
            (one.name, outputs[i]), (models[j].name, outputs[j]), isOfSeeds: one.group == models[j].group,
            resampling))
        try observe()
      }
    }
    let between = pairs.indices.filter { !pairs[$0].isOfSeeds }
    for (place, p) in zip(between, try HolmCorrection.adjust(between.map { pairs[$0].mcNemar })) {
      pairs[place].holm = p
    }
    let scores = first.kept.scores
    dataset = scores.dataset
    n = scores.n
    imagesSHA256 = first.kept.images.sha256
    precision = scores.provenance?.precision ?? ""
    competition = first.kept.competition
    marks = scores.marks
    self.resampling = resampling
    runs = zip(models, outputs).map { model, outputs in
      let predictions = outputs.predictions
      return Model(
        run: model.name, group: model.group, method: model.method, seed: model.seed, alpha: model.alpha,
        top1: Double(predictions.correct) / Double(predictions.count),
        top1Interval: Self.accuracyInterval(of: predictions, resampling))
    }
    methods = try Self.methods(models, outputs, resampling)
    self.pairs = pairs
    groups = Self.groups(models, pairs)
    seedBaseline = Self.baseline(pairs.filter(\.isOfSeeds))
    confident = try Self.overlap(models, outputs)
  }

  private static func pair(
    _ first: (String, PairedPredictions.Outputs), _ second: (String, PairedPredictions.Outputs),
    isOfSeeds: Bool, _ resampling: Resampling
  ) throws -> Pair {
    let pair = try paired(first, second)
    let errors = try ErrorConsistency(
      pair.first.rows.map(\.isCorrect), pair.second.rows.map(\.isCorrect))
    let statistics = PairMetricRegistry.all.compactMap { metric in
      metric.statistic(of: pair).map { (metric, $0) }
    }
    var (values, intervals) = ([String: Double](), [String: ConfidenceBounds]())
    for (metric, statistic) in statistics { values[metric.key] = statistic.value(ofAll: pair.count) }
    let resampled = statistics.filter { metric, _ in
      if case .bootstrap = metric.interval { resampling.gives(metric) } else { false }
    }
    let found = resampling.intervals(of: resampled.map(\.1), pair.first)
    for (one, bounds) in zip(resampled, found) { intervals[one.0.key] = bounds }
    return Pair(
      a: first.0, b: second.0, isOfSeeds: isOfSeeds, mcNemar: errors.mcNemar.pValue, values: values,
      intervals: intervals)
  }

  private static func paired(
    _ first: (name: String, outputs: PairedPredictions.Outputs),
    _ second: (name: String, outputs: PairedPredictions.Outputs)
  ) throws -> PairedPredictions {
    do throws(EvaluationError) {
      return try PairedPredictions(first.outputs, second.outputs)
    } catch {
      throw error.ofPair(first.name, second.name)
    }
  }

  /// Every two groups, and every group with seeds of its own, in the order of the models.
  private static func groups(_ models: [ComparedModel], _ pairs: [Pair]) -> [GroupPair] {
    var names: [String] = []
    for model in models where !names.contains(model.group) { names.append(model.group) }
    let groupOf = Dictionary(models.map { ($0.name, $0.group) }, uniquingKeysWith: { first, _ in first })
    var found: [GroupPair] = []
    for (i, a) in names.enumerated() {
      for b in names[i...] {
        let own = pairs.filter {
          let ends = [groupOf[$0.a], groupOf[$0.b]]
          return ends == [a, b] || ends == [b, a]
        }
        guard !own.isEmpty else { continue }
        var means: [String: Double] = [:]
        for metric in PairMetricRegistry.all {
          // A difference has a sign, which is that of the groups' order.
          let values = own.compactMap { pair in
            pair.values[metric.key].map {
              metric.isSigned && groupOf[pair.a] != a ? -$0 : metric.isSigned && a == b ? abs($0) : $0
            }
          }
          if values.count == own.count {
            means[metric.key] = values.reduce(0, +) / Double(values.count)
          }
        }
        found.append(
          GroupPair(
            a: a, b: b, pairs: own.count, values: means,
            significant: own.count { ($0.holm ?? 1) < level }))
      }
    }
    return found
  }

  private static func methods(
    _ models: [ComparedModel], _ outputs: [PairedPredictions.Outputs], _ resampling: Resampling
  ) throws -> [Method] {
    var names: [String] = []
    for model in models where !names.contains(model.group) { names.append(model.group) }
    return try names.map { name in
      let own = models.indices.filter { models[$0].group == name }
      let first = outputs[own[0]].predictions
      let right = try own.map { try outputs[$0].predictions.aligned(with: first).rows.map(\.isCorrect) }
      // The share of runs that have an image right: images are drawn alike for all of them.
      let statistic = SampleStatistic.mean(
        first.rows.indices.map { image in Double(right.count { $0[image] }) / Double(right.count) })
      let variance = try SeedVariance(
        scores: right.map { Double($0.count { $0 }) / Double($0.count) },
        imageVariance: resampling.distribution(of: statistic, first).variance ?? 0)
      let intervals = own.map { accuracyInterval(of: outputs[$0].predictions, resampling) }
      let scores = right.map { Double($0.count { $0 }) / Double($0.count) }
      return Method(
        group: name, seeds: variance.seeds, top1: variance.mean,
        top1Interval: try SeedInterval.bounds(of: scores, own: intervals, limits: 0...1)
          ?? variance.imageBounds(),
        seedDeviation: variance.betweenSeeds?.squareRoot(), imageError: variance.betweenImages.squareRoot())
    }
  }

  /// Exact, unless images are drawn in clusters.
  private static func accuracyInterval(
    of predictions: Predictions, _ resampling: Resampling
  ) -> ConfidenceBounds {
    let exact = ConfidenceBounds.clopperPearson(
      successes: predictions.correct, trials: predictions.count)
    guard resampling.clusters != nil else { return exact }
    let drawn = Top1Accuracy().statistic(of: predictions).map { resampling.intervals(of: [$0], predictions) }
    return drawn?.first.flatMap { $0 } ?? exact
  }

  private static func baseline(_ pairs: [Pair]) -> [String: Baseline] {
    var baseline: [String: Baseline] = [:]
    for metric in PairMetricRegistry.all {
      let values = pairs.compactMap { $0.values[metric.key].map { metric.isSigned ? abs($0) : $0 } }
      guard let lowest = values.min(), let highest = values.max() else { continue }
      baseline[metric.key] = Baseline(
        pairs: values.count, mean: values.reduce(0, +) / Double(values.count), lowest: lowest,
        highest: highest)
    }
    return baseline
  }

  /// Models in a Venn diagram that can still be drawn.
  private static let overlapping = 3

  private static func overlap(
    _ models: [ComparedModel], _ outputs: [PairedPredictions.Outputs]
  ) throws -> Overlap? {
    var chosen: [Int] = []
    for (place, model) in models.enumerated()
    where chosen.count < overlapping && !chosen.contains(where: { models[$0].group == model.group }) {
      chosen.append(place)
    }
    guard chosen.count > 1 else { return nil }
    let predictions = chosen.map { outputs[$0].predictions }
    let size = ConfidentOverlapShare.size(of: predictions[0].count)
    func regions(least: Bool) throws -> [String: Int] {
      let overlap = try ConfidentOverlap(predictions, size: size, leastConfident: least)
      return Dictionary(
        uniqueKeysWithValues: overlap.regions.map { members, images in
          (
            chosen.indices.filter { members & (1 << UInt32($0)) != 0 }.map { models[chosen[$0]].name }
              .joined(separator: "+"), images
          )
        })
    }
    return Overlap(size: size, most: try regions(least: false), least: try regions(least: true))
  }
}

// MARK: JSON

extension Comparison {
  private enum CodingKeys: String, CodingKey {
    case dataset, n, precision, marks, resampling, runs, methods, pairs, groups, confident
    case imagesSHA256 = "images_sha256"
    case competition = "protocol"
    case seedBaseline = "seed_baseline"
  }
}

/// A flat object: the keys of the metrics beside those that are named here.
extension Comparison.Pair: Codable {
  private static let suffix = "_ci95"
  private enum Key: String, CaseIterable {
    case a, b
    case isOfSeeds = "differ_only_in_seed"
    case mcNemar = "mcnemar_p"
    case holm = "p_holm"
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: NamedKey.self)
    a = try container.decode(String.self, forKey: NamedKey(Key.a.rawValue))
    b = try container.decode(String.self, forKey: NamedKey(Key.b.rawValue))
    isOfSeeds = try container.decode(Bool.self, forKey: NamedKey(Key.isOfSeeds.rawValue))
    mcNemar = try container.decode(Double.self, forKey: NamedKey(Key.mcNemar.rawValue))
    holm = try container.decodeIfPresent(Double.self, forKey: NamedKey(Key.holm.rawValue))
    (values, intervals) = try container.metrics(besides: Set(Key.allCases.map(\.rawValue)))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: NamedKey.self)
    try container.encode(a, forKey: NamedKey(Key.a.rawValue))
    try container.encode(b, forKey: NamedKey(Key.b.rawValue))
    try container.encode(isOfSeeds, forKey: NamedKey(Key.isOfSeeds.rawValue))
    try container.encode(mcNemar, forKey: NamedKey(Key.mcNemar.rawValue))
    try container.encodeIfPresent(holm, forKey: NamedKey(Key.holm.rawValue))
    try container.encode(values, intervals)
  }
}

extension Comparison.GroupPair: Codable {
  private enum Key: String, CaseIterable {
    case a, b, pairs, significant
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: NamedKey.self)
    a = try container.decode(String.self, forKey: NamedKey(Key.a.rawValue))
    b = try container.decode(String.self, forKey: NamedKey(Key.b.rawValue))
    pairs = try container.decode(Int.self, forKey: NamedKey(Key.pairs.rawValue))
    significant = try container.decode(Int.self, forKey: NamedKey(Key.significant.rawValue))
    (values, _) = try container.metrics(besides: Set(Key.allCases.map(\.rawValue)))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: NamedKey.self)
    try container.encode(a, forKey: NamedKey(Key.a.rawValue))
    try container.encode(b, forKey: NamedKey(Key.b.rawValue))
    try container.encode(pairs, forKey: NamedKey(Key.pairs.rawValue))
    try container.encode(significant, forKey: NamedKey(Key.significant.rawValue))
    try container.encode(values, [:])
  }
}
