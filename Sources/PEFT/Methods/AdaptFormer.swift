import NN
import TensorCore

/// AdaptFormer: a bottleneck in parallel to the MLP that reads the residual stream before its normalisation.
public struct AdaptFormer: FineTuningMethod {
  public var rank = 8
  public var scale: Float = 0.1
  public var dropout: Float = 0.1
  public var start = AdapterStart.kaiming

  public static let name = "adaptformer"
  public static let summary = "Trains a bottleneck in parallel to each MLP."
  public static let citation =
    "Chen et al., AdaptFormer: Adapting Vision Transformers for Scalable Visual Recognition, NeurIPS 2022"
  public static let options: [MethodOption<AdaptFormer>] = [
    MethodOption("rank", \.rank, 1...4096, "width of the bottleneck"),
    MethodOption("scale", \.scale, -100...100, "factor on the adapter's output"),
    MethodOption("dropout", \.dropout, 0...0.9, "dropout in the bottleneck while training"),
    MethodOption("start", \.start, "how the matrices start"),
  ]

  public init() {}

  public func adapt(_ adaptation: Adaptation) {
    adaptation.insert { site, scope in
      guard site.point == .mlpBranch else { return nil }
      return ParallelAdapter(
        Bottleneck(scope, width: site.width, rank: rank, scale: scale, dropout: dropout, start: start))
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
