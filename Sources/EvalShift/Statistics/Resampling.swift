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
  /// Percentile intervals of statistics of the same images, in their order; nil for one that has no value in some round.
  func intervals(of statistics: [SampleStatistic], _ predictions: Predictions) -> [ConfidenceInterval?] {
    let draws = BootstrapCounts(images: predictions.count, clusters: clusterOfImage(predictions), seed: seed)
    let values = draws.evaluate(rounds: rounds) { counts in
      statistics.map { $0.value(counting: counts) ?? .nan }
    }
    return statistics.indices.map { place in
      let all = values.map { $0[place] }
      return all.contains(where: \.isNaN) ? nil : .percentile(of: all)
    }
  }

  /// The cluster that each image is drawn with; nil where each is drawn alone.
  private func clusterOfImage(_ predictions: Predictions) -> [Int32]? {
    switch clusters {
    case nil: nil
    case .classes: predictions.rows.map(\.target)
    // Who asks for groups has seen that there are some.
    case .groups: predictions.groups?.ofImage
    }
  }
}
