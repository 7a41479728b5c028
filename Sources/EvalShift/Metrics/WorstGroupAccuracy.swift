import Datasets

/// Accuracy of the group of images that has the lowest (Sagawa et al., Distributionally Robust Neural Networks for Group Shifts,
/// ICLR 2020); only where images have groups.
public struct WorstGroupAccuracy: Metric {
  public let key = "worst_group"
  public let title = "worst group"
  public let unit = MetricUnit.fraction
  public let direction = MetricDirection.higher
  /// The lowest of several noisy numbers is biased downwards, and that of a resample once more: percentiles of it cover nothing.
  public let interval = IntervalKind.none
  public let needs: Set<MetricNeed> = [.groups]

  public init() {}

  public func statistic(of predictions: Predictions) -> SampleStatistic? {
    guard let groups = predictions.groups else { return nil }
    let cells = ImageCells(groups.ofImage, isCorrect: predictions.rows.map(\.isCorrect))
    return SampleStatistic { cells.accuracies(counting: $0).min() }
  }
}

/// How a model did on the images of one group.
public struct GroupScore: Sendable, Codable, Equatable {
  public let group: String
  public let n: Int
  public let correct: Int

  public var top1: Double { Double(correct) / Double(n) }
}

extension Predictions {
  /// The groups that have images, in the order of their names; nil where images have none.
  public var perGroup: [GroupScore]? {
    guard let groups, count > 0 else { return nil }
    let cells = ImageCells(groups.ofImage, isCorrect: rows.map(\.isCorrect))
    return zip(cells.names, cells.tallies(counting: [Int32](repeating: 1, count: count))).map {
      GroupScore(group: groups.names[Int($0)], n: $1.n, correct: $1.correct)
    }
  }
}
