import TensorCore

/// Learned tokens put before those of every image at a block.
public protocol PromptTokens: AnyObject {
  var count: Int { get }
  var use: PromptUse { get }
  /// [n, width], with dropout where training.
  func tokens(context: ForwardContext) -> Variable
}

/// What becomes of learned tokens.
public enum PromptUse: Sendable {
  /// They are there for one block and dropped after it (VPT-deep).
  case oneBlock
  /// They go through all blocks that follow (VPT-shallow).
  case allBlocks
  /// They attend and are not attended to, so that nothing else changes; a readout gets what the block makes of them (VQT).
  case query
}

/// Features of an image made from those of the class token and of the query tokens of every block.
public protocol Readout: AnyObject {
  /// pooled: [batch, width]; queries: [batch, n, width] for each block that has any → [batch, width].
  func apply(to pooled: Variable, queries: [Variable], context: ForwardContext) -> Variable
}
