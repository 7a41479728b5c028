import NN

/// Layer-norm tuning: scales and biases of every layer normalisation.
public struct LayerNormTuning: FineTuningMethod {
  public static let name = "layernorm"
  public static let summary = "Trains the scales and biases of layer normalisation."
  public static let citation =
    "Basu et al., Strong Baselines for Parameter Efficient Few-Shot Fine-tuning, AAAI 2024"

  public init() {}

  public func adapt(_ adaptation: Adaptation) {
    adaptation.train { $0.place.role.isNorm }
  }
}
