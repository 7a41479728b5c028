/// Tip-Adapter: a cache of the training images' embeddings whose classes are added to the logits by similarity. Nothing
/// trains.
public struct TipAdapter: KeyValueMethod {
  public var strength: Float = 1
  public var sharpness: Float = 5.5

  public static let name = "tip-adapter"
  public static let summary =
    "Keeps training images and adds their classes by similarity; nothing trains."
  static let trainsKeys = false

  public init() {}
}
