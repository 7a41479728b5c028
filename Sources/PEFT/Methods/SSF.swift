import NN
import TensorCore

/// SSF: a learned scale and shift after every operation of the image tower.
///
/// After the patch embedding, both norms, qkv, the attention output, fc1 (before its activation), fc2 and the final
/// norm: 2 · (11 · width · layers + 2 · width) parameters.
public struct SSF: FineTuningMethod {
  public struct Options: Codable, Sendable, Equatable {
    /// Scales start as N(1, deviation²), shifts as N(0, deviation²).
    public var deviation: Float = 0.02
  }

  public static let name = "ssf"
  public static let summary = "Trains a scale and a shift after every operation."
  public static let citation =
    "Lian et al., Scaling & Shifting Your Features: A New Baseline for Efficient Model Tuning, NeurIPS 2022"
  public static let defaultOptions = Options()
  public static let optionRanges = [
    OptionRange("deviation", 0...1, "standard deviation of the initial values")
  ]

  public let options: Options
  public init(options: Options) { self.options = options }

  public func insertion(at site: Site, scope: ParameterScope) -> (any Insertion)? {
    switch site.point {
    case .attentionBranch, .mlpBranch: nil
    default: ScaleShift(scope, width: site.width, deviation: options.deviation)
    }
  }
}

/// γ ⊙ h + β.
final class ScaleShift: Insertion {
  private let scale: Parameter
  private let shift: Parameter

  init(_ scope: ParameterScope, width: Int, deviation: Float) {
    scale = scope.parameter("ssf_scale", [width], .normal(mean: 1, deviation: deviation), trainable: true)
    shift = scope.parameter("ssf_shift", [width], .normal(deviation: deviation), trainable: true)
  }

  func apply(to h: Variable, branch: BranchInputs?, context: ForwardContext) -> Variable {
    h.scaleShifted(gamma: scale.variable, beta: shift.variable)
  }

  /// diag(γ) · W and γ ⊙ b + β.
  func merged(weight: Tensor, bias: Tensor?) -> (weight: Tensor, bias: Tensor?)? {
    let outputs = weight.shape[0]
    let scaled = Tensor(uninitialized: weight.shape)
    Compute.backend.scaleRows(
      scaled.reshaped([outputs, weight.count / outputs]),
      weight.reshaped([outputs, weight.count / outputs]), scales: scale.value)
    let start = bias ?? Tensor(zeros: [outputs])
    let shifted = Tensor(uninitialized: [outputs])
    Compute.backend.scaleShift(shifted, start, gamma: scale.value, beta: shift.value)
    return (scaled, shifted)
  }
}
