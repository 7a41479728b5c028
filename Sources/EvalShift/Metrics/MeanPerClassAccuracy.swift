/// Accuracy within each class that has images, averaged over those classes: every class weighs the same.
public struct MeanPerClassAccuracy: Metric {
  public let key = "mean_per_class"
  public let title = "per class"
  public let higherIsBetter = true

  public init() {}

  public func value(of predictions: Predictions) -> Double? {
    let classes = predictions.perClass
    return classes.reduce(0) { $0 + $1.accuracy } / Double(classes.count)
  }
}

/// How a model did on the images of one class.
public struct ClassScore: Sendable, Equatable {
  /// Index of the class in the head.
  public let target: Int32
  public let n: Int
  public let correct: Int

  public var accuracy: Double { Double(correct) / Double(n) }
}

extension Predictions {
  /// Scores of the classes that have images, by class index.
  public var perClass: [ClassScore] {
    var counts: [Int32: (n: Int, correct: Int)] = [:]
    for row in rows {
      counts[row.target, default: (0, 0)].n += 1
      if row.isCorrect { counts[row.target, default: (0, 0)].correct += 1 }
    }
    return counts.sorted { $0.key < $1.key }
      .map { ClassScore(target: $0.key, n: $0.value.n, correct: $0.value.correct) }
  }
}
