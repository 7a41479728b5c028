/// How two models differ image by image: do they make the same predictions, and the same mistakes?
public struct ModelPair: Sendable, Equatable {
  public let agreement: PredictionAgreement
  public let errors: ErrorConsistency

  public init(_ first: Predictions, _ second: Predictions) throws(EvaluationError) {
    try Predictions.requirePaired(first, second)
    agreement = try PredictionAgreement(first.rows.map(\.predicted), second.rows.map(\.predicted))
    errors = try ErrorConsistency(first.rows.map(\.isCorrect), second.rows.map(\.isCorrect))
  }
}

extension PairedBootstrap {
  /// Draws the images of two models' predictions, `rounds` times.
  public init(
    first: Predictions, second: Predictions, rounds: Int = BootstrapCounts.defaultRounds,
    level: Double = 0.95, seed: UInt64 = 0
  ) throws(EvaluationError) {
    try Predictions.requirePaired(first, second)
    try self.init(
      first: first.rows.map(\.isCorrect), second: second.rows.map(\.isCorrect),
      counts: BootstrapCounts(images: first.count, rounds: rounds, seed: seed), level: level)
  }
}
