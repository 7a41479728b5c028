import NN

/// Tip-Adapter: a cache of the training images' embeddings whose classes are added to the logits by similarity. Nothing
/// trains.
public struct TipAdapter: FineTuningMethod {
  public var strength: Float = 1
  public var sharpness: Float = 5.5

  public static let name = "tip-adapter"
  public static let summary = "Keeps training images and adds their classes by similarity; nothing trains."
  public static let citation =
    "Zhang et al., Tip-Adapter: Training-free Adaption of CLIP for Few-shot Classification, ECCV 2022"
  public static let options: [MethodOption<TipAdapter>] = [
    MethodOption("strength", \.strength, 0...1000, "factor on what the cache adds (the paper's alpha)"),
    MethodOption("sharpness", \.sharpness, 0...1000, "how fast similarity counts less (the paper's beta)"),
  ]
  public static let training = MethodTraining(worldRate: 1e-3, photographs: "frozen-features")

  public init() {}

  public func adapt(_ adaptation: Adaptation) throws(MethodError) {
    _ = try KeyValueCache(adaptation, strength: strength, sharpness: sharpness, trainsKeys: false)
  }
}
