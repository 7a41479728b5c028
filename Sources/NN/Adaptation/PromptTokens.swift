import TensorCore

/// Learned tokens put before those of every image at a block (visual prompts).
public protocol PromptTokens: AnyObject {
  /// [n, width], with dropout where training.
  func tokens(context: ForwardContext) -> Variable
  var count: Int { get }
}
