import TensorCore

/// A tower that fine-tuning methods can change: its own parameters, its linear layers and its sites, which know their
/// places.
public protocol AdaptableTower: AnyObject {
  var kind: TowerKind { get }
  /// Beginning of the paths of what is added outside of blocks.
  var path: String { get }
  /// Blocks, and columns of the residual stream.
  var depth: Int { get }
  var width: Int { get }
  /// Own parameters outside of linear layers and norms.
  var embeddings: [PlacedParameter] { get }
  var norms: [LayerNorm] { get }
  var linears: [Linear] { get }
  var sites: [Site] { get }
}

/// A tower that takes learned tokens.
public protocol PromptableTower: AdaptableTower {
  /// Side of the square of patches that its tokens are, after the class token.
  var gridSide: Int { get }
  /// Elements of a patch: 3 · side².
  var patchElements: Int { get }
  /// By block.
  var prompts: [Int: any PromptTokens] { get set }
  var readout: (any Readout)? { get set }
}

extension AdaptableTower {
  /// Every parameter of the tower itself, without what methods add.
  public var ownParameters: [PlacedParameter] {
    embeddings
      + norms.flatMap { norm in
        [PlacedParameter(norm.weight, norm.place), PlacedParameter(norm.bias, norm.place, .bias)]
      }
      + linears.flatMap { linear in
        [PlacedParameter(linear.weight, linear.place)]
          + (linear.bias.map { [PlacedParameter($0, linear.place, .bias)] } ?? [])
      }
  }
}
