import TensorCore

/// Some images of a dataset, as a model takes them.
public struct Batch: Sendable {
  /// [B, 3, side, side] float32, normalised.
  public let images: Tensor
  /// Class index of each image, as the dataset counts classes.
  public let labels: [Int32]
  /// Which images of the dataset these are.
  public let indices: [Int]

  public var count: Int { indices.count }
}
