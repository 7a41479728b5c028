import NN
import TensorCore

/// AdaptFormer: a bottleneck in parallel to the MLP that reads the residual stream before its normalisation.
public struct AdaptFormer: BottleneckMethod {
  public var rank = 8
  public var scale: Float = 0.1
  public var dropout: Float = 0.1
  public var start = AdapterStart.kaiming

  public static let name = "adaptformer"
  public static let summary = "Trains a bottleneck in parallel to each MLP."
  public static let citation =
    "Chen et al., AdaptFormer: Adapting Vision Transformers for Scalable Visual Recognition, NeurIPS 2022"

  public init() {}

  public func adapt(_ adaptation: Adaptation) {
    adaptation.insert { site, scope in
      guard site.point == .mlpBranch else { return nil }
      return ParallelAdapter(unit(scope, at: site))
    }
  }
}

/// h + A(stream).
private final class ParallelAdapter: Insertion {
  private let unit: Bottleneck

  init(_ unit: Bottleneck) { self.unit = unit }

  func apply(to h: Variable, branch: BranchInputs?, context: ForwardContext) -> Variable {
    guard let branch else { return h }
    return h + unit(branch.stream, context)
  }
}
