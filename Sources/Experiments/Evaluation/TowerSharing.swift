import CLIPCore
import NN

/// What of the image tower computes the same at every alpha, and is computed once for all.
public enum TowerSharing: Sendable, Equatable {
  case nothing
  /// The embedding of patches and this many blocks, one at least.
  case blocks(Int)
  /// All up to the features of the class token.
  case tower

  /// From the blocks in which something moves; those that stand before the first block are -1, and behind the last
  /// the number of blocks.
  init(movingIn blocks: [Int]) {
    guard let first = blocks.min() else {
      self = .tower
      return
    }
    self = first > 0 ? .blocks(first) : .nothing
  }
}

extension VisionTransformer {
  /// The place of a weight of the tower, or of the module that stands behind one outside the blocks, as `TowerSharing` counts
  /// them.
  func order(of path: String, block: Int?) -> Int {
    block ?? (path.hasPrefix(finalNormSite.path) ? depth : -1)
  }
}
