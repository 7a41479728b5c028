import Foundation

/// One line of a per-image prediction list.
public struct PredictionRecord: Sendable, Codable, Equatable {
  /// The image's path as the dataset shows it.
  public let path: String
  /// Names of the true class and the predicted one.
  public let target: String
  public let predicted: String
  public let correct: Bool
  /// Probability of the predicted class, and of the true one.
  public let confidence: Double
  public let targetProbability: Double

  private enum CodingKeys: String, CodingKey {
    case path, target, predicted, correct, confidence
    case targetProbability = "target_probability"
  }
}

extension Predictions {
  /// One record an image, in order; `paths` has one entry an image and `classNames` one a class of the head.
  public func records(paths: [String], classNames: [String]) throws(EvaluationError) -> [PredictionRecord] {
    guard paths.count == count else { throw .notPaired("\(paths.count) paths for \(count) predictions") }
    let highest = rows.reduce(Int32(0)) { max($0, $1.target, $1.predicted) }
    guard Int(highest) < classNames.count else {
      throw .invalidClasses("class \(highest) has no name among \(classNames.count)")
    }
    return zip(paths, rows).map { path, row in
      PredictionRecord(
        path: path, target: classNames[Int(row.target)], predicted: classNames[Int(row.predicted)],
        correct: row.isCorrect, confidence: row.confidence, targetProbability: exp(row.targetLogProbability))
    }
  }
}
