import NN

/// Full fine-tuning: every parameter of the tower, the projection included where the head is made from text.
public struct Full: FineTuningMethod {
  public static let name = "full"
  public static let summary = "Trains every parameter of the tower."
  public static let citation =
    "Radford et al., Learning Transferable Visual Models From Natural Language Supervision, ICML 2021"
  public static let training = MethodTraining(worldRate: 1e-3, photographs: "wise-ft")

  public static let trainsProjection = true
  public static let extent = TrainedExtent.whole

  public init() {}

  public func adapt(_ adaptation: Adaptation) { adaptation.train { _ in true } }
}
