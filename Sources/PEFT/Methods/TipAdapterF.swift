import NN

/// Tip-Adapter-F: Tip-Adapter whose keys train.
public struct TipAdapterF: FineTuningMethod {
  public var strength: Float = 1
  public var sharpness: Float = 5.5

  public static let name = "tip-adapter-f"
  public static let summary =
    "Keeps training images, adds their classes by similarity, and trains their embeddings."
  public static let citation =
    "Zhang et al., Tip-Adapter: Training-free Adaption of CLIP for Few-shot Classification, ECCV 2022"
  public static let options: [MethodOption<TipAdapterF>] = [
    MethodOption("strength", \.strength, 0...1000, "factor on what the cache adds (the paper's alpha)"),
    MethodOption("sharpness", \.sharpness, 0...1000, "how fast similarity counts less (the paper's beta)"),
  ]
  public static let training = MethodTraining(worldRate: 1e-3, photographs: "frozen-features")

  public init() {}

  public func adapt(_ adaptation: Adaptation) throws(MethodError) {
    _ = try KeyValueCache(adaptation, strength: strength, sharpness: sharpness, trainsKeys: true)
  }
}
