import TensorCore

/// How intervals are found by resampling: how many rounds, from which seed, and whether images are drawn one by one or in clusters.
public struct Resampling: Sendable, Codable, Equatable {
  /// What is drawn whole.
  public enum Clusters: String, Sendable, Codable, CaseIterable {
    /// All images of a class: what is asked for is the accuracy over classes like these.
    case classes = "class"
    /// All images of a group, such as those of one camera.
    case groups = "group"
  }

  public let rounds: Int
  public let seed: UInt64
  /// Nil draws images.
  public let clusters: Clusters?

  public init(rounds: Int = 1_000, seed: UInt64 = 0, clusters: Clusters? = nil) {
    (self.rounds, self.seed, self.clusters) = (max(1, rounds), seed, clusters)
  }
}

extension Resampling {
  /// Whether a metric has an interval by draws like these.
  public func gives(_ metric: any MetricDescription) -> Bool {
    clusters != .classes || metric.lacksIntervalOverClasses == nil
  }

  /// Percentile intervals of statistics of the same images, in their order; nil for one that has no value in some round.
  public func intervals(of statistics: [SampleStatistic], _ predictions: Predictions) -> [ConfidenceBounds?] {
    let draws: BootstrapCounts
    do {
      draws = try counts(of: predictions)
    } catch {
      // There are no images.
      return statistics.map { _ in nil }
    }
    return draws.evaluate(statistics.map { $0.drawing(clusters) }).map {
      $0.undefined > 0 ? nil : $0.percentileBounds
    }
  }

  /// What a statistic of images is in each draw of them. Throws where there are no images.
  public func distribution(
    of statistic: SampleStatistic, _ predictions: Predictions
  ) throws(EvaluationError) -> BootstrapDistribution {
    let statistic = statistic.drawing(clusters)
    return try counts(of: predictions).evaluate { statistic.value(counting: $0) }
  }

  /// The draws of images; another `stream` draws another set apart. Throws where there are no images.
  func counts(of predictions: Predictions, stream: UInt64 = 0) throws(EvaluationError) -> BootstrapCounts {
    let seed = stream == 0 ? seed : SeededRandom.seed(seed, stream)
    guard let clusters = clusterOfImage(predictions) else {
      return try BootstrapCounts(images: predictions.count, rounds: rounds, seed: seed)
    }
    return try BootstrapCounts(clusters: clusters, rounds: rounds, seed: seed)
  }

  /// The cluster that each image is drawn with; nil where each is drawn alone.
  private func clusterOfImage(_ predictions: Predictions) -> [Int32]? {
    switch clusters {
    case nil: nil
    case .classes: predictions.classCells.ofImage
    // Who asks for groups has seen that there are some.
    case .groups: predictions.groups.map { ImageCells($0.ofImage, isCorrect: []).ofImage }
    }
  }
}
