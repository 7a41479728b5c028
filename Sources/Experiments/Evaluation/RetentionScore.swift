import Checkpoint
import EvalShift
import Foundation
import Training

/// What fine-tuning did to zero-shot accuracy on data that a run was not trained on, with heads made from text for the data's own
/// classes.
public struct RetentionScore: Codable, Sendable, Equatable {
  /// The model after fine-tuning, beside the one before.
  public struct Change: Codable, Sendable, Equatable {
    public let scores: DatasetScores
    /// Accuracy gained; negative is lost. Images are drawn alike for both.
    public let difference: Double
    public let differenceInterval: ConfidenceBounds?
    /// Exact p-value of McNemar's test of equal accuracy.
    public let mcNemar: Double

    private enum CodingKeys: String, CodingKey {
      case scores, difference
      case differenceInterval = "difference_ci95"
      case mcNemar = "mcnemar_p"
    }
  }

  /// What of the model is another after fine-tuning.
  public enum Side: String, Codable, Sendable, CaseIterable {
    case image
    case both = "image and text"
  }

  public let dataset: String
  public let alpha: Double
  public let changed: Side
  /// At alpha 0.
  public let before: DatasetScores
  /// At alpha.
  public let after: Change
  /// With the text side as it was before; nil where it is the same after, or cannot be told apart.
  public let imageAlone: Change?
  /// SHA-256 of what training ended with.
  public let weightsSHA256: String?

  private enum CodingKeys: String, CodingKey {
    case dataset, alpha, changed, before, after
    case imageAlone = "image_alone"
    case weightsSHA256 = "weights_sha256"
  }
}

extension RetentionScore.Change {
  /// From predictions for the same images in the same order.
  init(
    of set: EvaluationSet, _ predictions: Predictions, before: Predictions, resampling: Resampling
  ) {
    scores = set.scores(predictions, twin: nil, resampling: resampling)
    let pairs = zip(before.rows, predictions.rows).map { ($0.isCorrect, $1.isCorrect) }
    let gains = pairs.map { ($1 ? 1.0 : 0) - ($0 ? 1.0 : 0) }
    difference = gains.reduce(0, +) / Double(gains.count)
    differenceInterval = resampling.intervals(of: [.mean(gains)], set.known(predictions))[0]
    mcNemar =
      McNemarTest(
        onlyFirst: pairs.count { $0 && !$1 }, onlySecond: pairs.count { !$0 && $1 }
      ).pValue
  }
}

extension RunFolder {
  /// What fine-tuning did to accuracy elsewhere, by dataset.
  public var retentionFile: URL { url.appendingPathComponent("retention.json") }

  /// What the file has; empty where there is none. Throws if it cannot be used.
  public func retention() throws -> [RetentionScore] {
    guard FileManager.default.fileExists(atPath: retentionFile.path) else { return [] }
    let remedy = "move it away, and score again with `clipft eval-shift --retention`"
    let data = try OwnFile.reading(retentionFile, remedy: remedy) { try InputFile.read(retentionFile) }
    do {
      return try JSONDecoder().decode([RetentionScore].self, from: data)
    } catch {
      throw TrainingError.badCheckpoint(
        file: retentionFile.path,
        problem: "it is no list of retention scores of this version\(error.asJSONProblem); \(remedy)")
    }
  }

  /// Adds scores to those that are kept, in the place of those of the same dataset and alpha, or of other weights.
  public func keep(_ scores: [RetentionScore]) throws {
    let others = try retention().filter { kept in
      !scores.contains {
        ($0.dataset, $0.alpha) == (kept.dataset, kept.alpha) || $0.weightsSHA256 != kept.weightsSHA256
      }
    }
    try AtomicFile.write(JSONFormat.encode(others + scores), to: retentionFile)
  }
}
