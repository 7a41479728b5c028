/// Tip-Adapter-F: Tip-Adapter whose keys train.
public struct TipAdapterF: KeyValueMethod {
  public var strength: Float = 1
  public var sharpness: Float = 5.5

  public static let name = "tip-adapter-f"
  public static let summary =
    "Keeps training images, adds their classes by similarity, and trains their embeddings."
  static let trainsKeys = true

  public init() {}
}
