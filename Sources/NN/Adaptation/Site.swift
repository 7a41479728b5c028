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
  /// After that activation.
  case hidden
  case fc2
  case finalNorm
  /// The residual branch of attention, before drop path and the sum: sequential, parallel and scaled modules.
  case attentionBranch
  case mlpBranch
  /// The projected embedding of an image, before it is normalised.
  case embedding

  /// Whether the result of one of the tower's operations stands here, before anything else is done to it.
  public var isResult: Bool {
    switch self {
    case .patchEmbedding, .norm1, .qkv, .attentionOutput, .norm2, .fc1, .fc2, .finalNorm: true
    case .hidden, .attentionBranch, .mlpBranch, .embedding: false
    }
  }

  /// Whether a residual branch ends here.
  public var isBranch: Bool { self == .attentionBranch || self == .mlpBranch }
}

/// An affine map beside a site, into which a module may fold.
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

/// What a residual branch saw: inputs of parallel modules, of the tokens that leave it.
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
}

/// A module that is itself an affine map of what stands at its site, so that the layer before or after it can take it up.
public protocol FoldableInsertion: Insertion {
  var direction: FoldDirection { get }
  /// The neighbouring layer's weight [out, …] and bias [out] with this module in them.
  func folded(weight: Tensor, bias: Tensor?) -> (weight: Tensor, bias: Tensor?)
}

/// Into which of its neighbours a module folds.
public enum FoldDirection: Sendable {
  /// Into the layer whose output it changes.
  case backward
  /// Into the layer whose input it changes.
  case forward
}

/// One named place in a tower, empty until a method inserts a module.
public final class Site {
  public let tower: TowerKind
  /// The block, from 0; nil outside the blocks.
  public let block: Int?
  public let point: SitePoint
  public let width: Int
  /// Scope path of an inserted module's parameters.
  public let path: String
  /// The layer whose output stands here, and the one that takes it; nil where there is not exactly one.
  public let follows: AffineMap?
  public let precedes: AffineMap?
  public var insertion: (any Insertion)?

  public init(
    tower: TowerKind, block: Int?, point: SitePoint, width: Int, path: String, follows: AffineMap?,
    precedes: AffineMap? = nil
  ) {
    self.tower = tower
    self.block = block
    self.point = point
    self.width = width
    self.path = path
    self.follows = follows
    self.precedes = precedes
  }

  /// Whether a module changes what stands here.
  public func isActive(_ context: ForwardContext) -> Bool { insertion != nil && here(context).alpha != 0 }

  private func here(_ context: ForwardContext) -> ForwardContext { context.at(tower, block: block) }

  public func callAsFunction(
    _ h: Variable, branch: @autoclosure () -> BranchInputs? = nil, _ context: ForwardContext
  ) -> Variable {
    let context = here(context)
    guard let insertion, context.alpha != 0 else { return h }
    return context.between(h, insertion.apply(to: h, branch: branch(), context: context))
  }
}
