/// A way to combine the outputs of several models on the same images.
///
/// To add one: write its file in `Ensembles/` and register it in `EnsembleRuleRegistry`.
public protocol EnsembleRule: Sendable {
  /// The name on the command line.
  var name: String { get }
  /// What it does, in a few words.
  var summary: String { get }
  /// Who published it; nil of what is older than the field.
  var citation: String? { get }
  /// What it needs beside the models' logits.
  var needs: Set<EnsembleNeed> { get }
  /// Whether the result is the logarithm of probabilities, of which calibration can be asked; otherwise only its order
  /// has a meaning, or it is logits that no model was trained to give.
  var givesProbabilities: Bool { get }
  /// The combined scores [N, C], row-major: higher is more probable.
  func combine(_ inputs: EnsembleInputs) throws(EvaluationError) -> [Float]
}

/// What a rule may need beside logits.
public enum EnsembleNeed: String, Sendable, Codable, CaseIterable {
  /// The temperature of each model, fitted on validation images (`TemperatureScaling`).
  case temperatures
  /// The distance of each image to the training images that the zero-shot model gets wrong (`ZeroShotFailures`), and
  /// the zero-shot and the fine-tuned model as the only two, in this order.
  case failureDistances = "failure-distances"
}

/// All rules, in the order in which they are shown.
public enum EnsembleRuleRegistry {
  public static let all: [any EnsembleRule] = [
    MeanLogits(), MeanProbabilities(), MeanCalibrated(), Vote(), VarianceReduction(),
  ]

  /// The rule that is taken when none is named.
  public static let standard: any EnsembleRule = MeanLogits()

  public static func named(_ name: String) -> (any EnsembleRule)? { all.first { $0.name == name } }
}
