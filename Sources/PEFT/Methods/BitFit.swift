/// BitFit: every bias of the image tower, those of layer normalisation included.
public struct BitFit: FineTuningMethod {
  public static let name = "bitfit"
  public static let summary = "Trains the biases."
  public static let citation =
    "Ben Zaken et al., BitFit: Simple Parameter-efficient Fine-tuning for Transformer-based Masked "
    + "Language-models, ACL 2022"

  public init(options: NoOptions) {}

  public func isTrainable(_ path: String) -> Bool { path.hasSuffix("bias") }
}
