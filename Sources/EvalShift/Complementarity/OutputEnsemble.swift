import Foundation

/// Combines the outputs of several models on the same images.
public struct OutputEnsemble: Sendable, Equatable {
  /// What is averaged.
  public enum Rule: String, Sendable, Codable, CaseIterable {
    /// The logits.
    case logits
    /// The probabilities; the result is their logarithm.
    case probabilities
    /// One vote a model for its best class, ties settled by the mean probability; the result is a score, not a
    /// calibrated logit.
    case votes
  }

  public let rule: Rule

  public init(rule: Rule = .logits) { self.rule = rule }

  /// Combines `models`, each logits [N, `classCount`], with `weights` (equal, when nil; they are normalised).
  public func combine(
    _ models: [[Float]], classCount: Int, weights: [Double]? = nil
  ) throws(EvaluationError) -> [Float] {
    guard let first = models.first, !first.isEmpty else { throw .noPredictions }
    guard classCount > 0, first.count % classCount == 0 else {
      throw .shapeMismatch(logits: first.count, targets: classCount)
    }
    for model in models where model.count != first.count {
      throw .notPaired("\(first.count) logits against \(model.count)")
    }
    let weights = weights ?? Array(repeating: 1, count: models.count)
    let total = weights.reduce(0, +)
    guard weights.count == models.count, weights.allSatisfy({ $0 >= 0 && $0.isFinite }), total > 0 else {
      throw .invalidClasses("there must be one non-negative weight a model, and one above zero")
    }
    var result = [Float](repeating: 0, count: first.count)
    var sums = [Double](repeating: 0, count: classCount)
    for row in stride(from: 0, to: first.count, by: classCount) {
      for index in 0..<classCount { sums[index] = 0 }
      for (model, weight) in zip(models, weights) {
        add(model[row..<row + classCount], weight: weight / total, to: &sums)
      }
      for index in 0..<classCount {
        // Below any probability of a float32 softmax, and finite.
        result[row + index] = Float(rule == .probabilities ? max(log(sums[index]), -200) : sums[index])
      }
    }
    return result
  }

  private func add(_ logits: ArraySlice<Float>, weight: Double, to sums: inout [Double]) {
    if rule == .logits {
      for (index, logit) in logits.enumerated() { sums[index] += weight * Double(logit) }
      return
    }
    let highest = Double(logits.max() ?? 0)
    let masses = logits.map { exp(Double($0) - highest) }
    let total = masses.reduce(0, +)
    // A vote outweighs all probabilities together, which only settle ties.
    let share = rule == .votes ? 1e-3 : 1
    for (index, mass) in masses.enumerated() { sums[index] += weight * share * mass / total }
    if rule == .votes, let best = masses.firstIndex(where: { $0 == 1 }) { sums[best] += weight }
  }
}
