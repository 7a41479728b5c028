import NN

/// BitFit: every bias of the tower, those of layer normalisation included.
public struct BitFit: FineTuningMethod {
  public static let name = "bitfit"
  public static let summary = "Trains the biases."
  public static let citation =
    "Ben Zaken et al., BitFit: Simple Parameter-efficient Fine-tuning for Transformer-based Masked "
    + "Language-models, ACL 2022"

  public init() {}

  public func adapt(_ adaptation: Adaptation) { adaptation.train { $0.kind == .bias } }
}
