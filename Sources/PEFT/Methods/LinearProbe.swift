import NN

/// Linear probing: nothing but the head.
public struct LinearProbe: FineTuningMethod {
  public static let name = "linear"
  public static let summary = "Trains the classifier head only, on features computed once."
  public static let citation =
    "Alain & Bengio, Understanding Intermediate Layers Using Linear Classifier Probes, 2016"
  public static let training = MethodTraining(worldRate: 2e-3, photographs: "frozen-features")
  public static let extent = TrainedExtent.head

  public init() {}

  public func adapt(_ adaptation: Adaptation) {}
}
