import TensorCore

/// Images with captions, for contrastive training; batches depend only on their position.
public protocol CaptionedImages: Sendable {
  /// Name for records.
  var name: String { get }
  /// Batch `step` of `size` pairs: images [size, 3, side, side], normalised, and a caption for each.
  func batch(step: Int, size: Int) throws -> (images: Tensor, captions: [String])
}
