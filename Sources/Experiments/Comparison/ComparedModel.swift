import EvalShift
import Foundation
import TensorCore
import Training

/// A model of a comparison with what it said of one set.
public struct ComparedModel: Sendable {
  /// Of a run, its folder's name; of a combination, what it is made of.
  public let name: String
  /// What runs that differ only in their seeds have in common, such as `lora` or `lora (rank 4)`.
  public let group: String
  public let method: String
  public let seed: UInt64?
  public let tunedParameters: Int
  public let alpha: Double
  public let kept: KeptPredictions

  public init(
    name: String, group: String, method: String, seed: UInt64?, tunedParameters: Int, alpha: Double,
    kept: KeptPredictions
  ) {
    (self.name, self.group, self.method, self.seed) = (name, group, method, seed)
    (self.tunedParameters, self.alpha, self.kept) = (tunedParameters, alpha, kept)
  }

  /// What pairs are compared by.
  func outputs() throws(EvaluationError) -> PairedPredictions.Outputs {
    let features = kept.features
    return .init(
      try kept.predictions(), logits: try kept.competingLogits(), features: features?.array,
      featureWidth: features?.shape[1] ?? 0)
  }
}

extension KeptPredictions {
  /// Throws unless what two models said can be looked at side by side: of the same classes, among which the same competed, and in
  /// the same precision. `names` are those of this model and the other.
  func requireComparable(
    to other: KeptPredictions, names: (own: String, other: String)
  ) throws(TrainingError) {
    func refuse(_ reason: String) -> TrainingError {
      .notComparable("\(names.other) and \(names.own) cannot be compared: \(reason).")
    }
    guard classes == other.classes else { throw refuse("they have different classes") }
    guard competitors == other.competitors else {
      throw refuse("other classes competed on \(other.scores.dataset)")
    }
    let precisions = [other, self].map { $0.scores.provenance?.precision ?? "" }
    guard precisions[0] == precisions[1] else {
      throw refuse(
        "one was scored in \(precisions[0]), the other in \(precisions[1]); score both with the same --precision"
      )
    }
  }
}

extension EvaluationError {
  /// The same, said of two models by their names.
  func ofPair(_ first: String, _ second: String) -> any ClassifiedError {
    guard case .notPaired(let problem) = self else { return self }
    return TrainingError.notComparable(
      "\(first) and \(second) were not scored on the same images: \(problem); score both on the same with --datasets."
    )
  }
}
