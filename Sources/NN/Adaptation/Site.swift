import TensorCore

/// The places of a transformer at which a fine-tuning method may insert a module.
public enum SitePoint: String, Sendable, Codable, CaseIterable {
  case patchEmbedding
  case norm1
  case qkv
  case attentionOutput
  case norm2
  /// After the first MLP layer, before its activation.
  case fc1
  case fc2
  case finalNorm
  /// The residual branch of attention, before drop path and the sum: sequential, parallel and scaled modules.
  case attentionBranch
  case mlpBranch
}

/// The affine map right before a site, into which a scale and shift can be folded.
public struct AffineMap {
  /// [out, …]
  public let weight: Parameter
  /// [out]; nil where the layer has none.
  public let bias: Parameter?
  /// Takes a folded shift where the layer has no bias.
  public let shiftSink: ShiftSink?

  /// A parameter that is added to the layer's output afterwards: rows `rows` of [rows, out].
  public struct ShiftSink {
    public let parameter: Parameter
    public let rows: Range<Int>

    public init(parameter: Parameter, rows: Range<Int>) {
      self.parameter = parameter
      self.rows = rows
    }
  }

  public init(weight: Parameter, bias: Parameter?, shiftSink: ShiftSink? = nil) {
    self.weight = weight
    self.bias = bias
    self.shiftSink = shiftSink
  }
}

/// What a residual branch saw: inputs of parallel modules.
public struct BranchInputs {
  /// The residual stream before normalisation: [batch, tokens, width].
  public let stream: Variable
  /// The branch's normalised input: [batch, tokens, width].
  public let normalized: Variable
}

/// A module inserted at a site.
public protocol Insertion: AnyObject {
  /// The site's new value. `branch` is given at the residual-branch points.
  func apply(to h: Variable, branch: BranchInputs?, context: ForwardContext) -> Variable
  /// The preceding affine map with this module folded in, or nil where that is impossible.
  func merged(weight: Tensor, bias: Tensor?) -> (weight: Tensor, bias: Tensor?)?
}

/// One named place in a tower, empty until a method inserts a module.
public final class Site {
  /// The block, from 0; nil outside the blocks.
  public let layer: Int?
  public let point: SitePoint
  public let width: Int
  /// Scope path of an inserted module's parameters.
  public let path: String
  public let follows: AffineMap?
  public var insertion: (any Insertion)?

  public init(layer: Int?, point: SitePoint, width: Int, path: String, follows: AffineMap?) {
    self.layer = layer
    self.point = point
    self.width = width
    self.path = path
    self.follows = follows
  }

  public func callAsFunction(
    _ h: Variable, branch: @autoclosure () -> BranchInputs? = nil, _ context: ForwardContext
  ) -> Variable {
    guard let insertion else { return h }
    return insertion.apply(to: h, branch: branch(), context: context)
  }
}
