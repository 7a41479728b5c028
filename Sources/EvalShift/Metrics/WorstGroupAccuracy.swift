import Datasets

/// Accuracy of the group of images that has the lowest (Sagawa et al., Distributionally Robust Neural Networks for Group Shifts,
/// ICLR 2020); only where images have groups.
public struct WorstGroupAccuracy: Metric {
  public let key = "worst_group"
  public let title = "worst group"
  public let higherIsBetter = true

  public init() {}

  public func value(of predictions: Predictions) -> Double? { predictions.perGroup?.map(\.top1).min() }
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
    var (images, correct) = (
      [Int](repeating: 0, count: groups.names.count), [Int](repeating: 0, count: groups.names.count)
    )
    for (row, group) in zip(rows, groups.ofImage) {
      images[Int(group)] += 1
      if row.isCorrect { correct[Int(group)] += 1 }
    }
    return groups.names.indices.filter { images[$0] > 0 }.map {
      GroupScore(group: groups.names[$0], n: images[$0], correct: correct[$0])
    }
  }
}
