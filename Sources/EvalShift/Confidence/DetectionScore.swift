import Foundation

/// Scores of images by a model's logits that are higher for those it knows.
public enum DetectionScore {
  /// The probability of the predicted class (Hendrycks & Gimpel 2017), of each row of logits [N, `classCount`].
  public static func maximumProbability(
    logits: [Float], classCount: Int
  ) throws(EvaluationError) -> [Double] {
    try LogitMatrix(logits, classCount: classCount).mapRows { _, logits in
      exp(Double(logits.max() ?? 0) - logSumExp(logits))
    }
  }

  /// The negative energy T · log Σ exp(logit / T) (Liu et al., Energy-based out-of-distribution detection, NeurIPS
  /// 2020), of each row of logits [N, `classCount`].
  public static func negativeEnergy(
    logits: [Float], classCount: Int, temperature: Double = 1
  ) throws(EvaluationError) -> [Double] {
    guard temperature > 0, temperature.isFinite else {
      throw .statistic("a temperature is above 0, and \(temperature) is not")
    }
    return try LogitMatrix(logits, classCount: classCount).mapRows { _, logits in
      temperature * logSumExp(logits, scale: 1 / temperature)
    }
  }
}
