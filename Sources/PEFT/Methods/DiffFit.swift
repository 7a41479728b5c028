import NN

/// DiffFit: every bias, layer normalisation, and a factor for each channel of each residual branch, which starts at 1.
public struct DiffFit: FineTuningMethod {
  public static let name = "difffit"
  public static let summary = "Trains biases, layer normalisation and a scale of each residual branch."
  public static let citation =
    "Xie et al., DiffFit: Unlocking Transferability of Large Diffusion Models via Simple Parameter-Efficient "
    + "Fine-Tuning, ICCV 2023"

  public init() {}

  public func adapt(_ adaptation: Adaptation) {
    adaptation.train { $0.kind == .bias || $0.place.role.isNorm }
    adaptation.insert { site, scope in
      guard site.point.isBranch else { return nil }
      return ScaleShift(scale: scope.parameter("difffit_scale", [site.width], .ones, trainable: true))
    }
  }
}
