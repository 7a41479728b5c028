import NN
import TensorCore

/// SSF: a learned scale and shift after every operation of the tower.
///
/// After the patch embedding, both norms, qkv, the attention output, fc1 (before its activation), fc2 and the final
/// norm: 2 · (11 · width · layers + 2 · width) parameters.
public struct SSF: FineTuningMethod {
  /// Scales start as N(1, deviation²), shifts as N(0, deviation²).
  public var deviation: Float = 0.02

  public static let name = "ssf"
  public static let summary = "Trains a scale and a shift after every operation."
  public static let citation =
    "Lian et al., Scaling & Shifting Your Features: A New Baseline for Efficient Model Tuning, NeurIPS 2022"
  public static let options: [MethodOption<SSF>] = [
    MethodOption("deviation", \.deviation, 0...1, "standard deviation of the initial values")
  ]

  public init() {}

  public func adapt(_ adaptation: Adaptation) {
    adaptation.insert { site, scope in
      guard site.point.isResult else { return nil }
      return ScaleShift(
        scale: scope.parameter(
          "ssf_scale", [site.width], .normal(mean: 1, deviation: deviation), trainable: true),
        shift: scope.parameter("ssf_shift", [site.width], .normal(deviation: deviation), trainable: true))
    }
  }
}
