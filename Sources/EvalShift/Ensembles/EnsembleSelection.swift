import Foundation

/// Which of many models to combine, chosen on validation images and never on those that are reported.
public struct EnsembleSelection: Sendable {
  /// Models, and the accuracy of their combination on the validation images.
  public struct Choice: Sendable, Equatable {
    /// Places in the list of models; a model may be there more than once, and weighs accordingly.
    public let members: [Int]
    public let accuracy: Double
  }

  private let models: [[Float]]
  private let targets: [Int32]
  private let classCount: Int
  private let temperatures: [Double]?
  private let rule: any EnsembleRule

  /// From each model's logits [N, `classCount`] of validation images with targets [N], and the rule that combines them,
  /// with a temperature for each model if it needs that.
  public init(
    models: [[Float]], targets: [Int32], classCount: Int, rule: any EnsembleRule,
    temperatures: [Double]? = nil
  ) throws(EvaluationError) {
    guard !rule.needs.contains(.failureDistances) else {
      throw .statistic(
        "\(rule.name) combines a zero-shot and a fine-tuned model, and is not for choosing among many")
    }
    let inputs = try EnsembleInputs(models: models, classCount: classCount, temperatures: temperatures)
    try inputs.models[0].requireTargets(targets)
    self.models = models
    self.targets = targets
    self.classCount = classCount
    self.temperatures = temperatures
    self.rule = rule
  }

  /// Every pair of different models, in the order of the list.
  public func pairs() throws(EvaluationError) -> [Choice] {
    var choices: [Choice] = []
    for first in models.indices {
      for second in models.indices.dropFirst(first + 1) { choices.append(try choice([first, second])) }
    }
    return choices
  }

  /// Greedy forward selection with replacement (Caruana et al., Ensemble selection from libraries of models, ICML 2004):
  /// from the best model on, whichever model makes the ensemble best is added, `steps` in all. Returned are the ensembles
  /// of all sizes; ties go to the model that is first in the list.
  public func forward(steps: Int) throws(EvaluationError) -> [Choice] {
    guard steps > 0 else { throw .statistic("an ensemble has at least one model, not \(steps)") }
    var choices: [Choice] = []
    for _ in 0..<steps {
      let before = choices.last?.members ?? []
      var best: Choice?
      for model in models.indices {
        let candidate = try choice(before + [model])
        if best.map({ candidate.accuracy > $0.accuracy }) ?? true { best = candidate }
      }
      if let best { choices.append(best) }
    }
    return choices
  }

  private func choice(_ members: [Int]) throws(EvaluationError) -> Choice {
    let inputs = try EnsembleInputs(
      choosing: members, of: models, classCount: classCount, temperatures: temperatures)
    let combined = try LogitMatrix(rule.combine(inputs), classCount: classCount)
    let right = combined.mapRows { row, scores in
      var best = 0
      for (index, score) in scores.enumerated() where score > scores[best] { best = index }
      return best == Int(targets[row])
    }
    return Choice(members: members, accuracy: Double(right.count { $0 }) / Double(right.count))
  }
}
