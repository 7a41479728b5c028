import EvalShift
import Foundation
import TensorCore

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
