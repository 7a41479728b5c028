import NN
import TensorCore

/// ConvPass: s · Up · dropout(φ(Conv3×3(φ(Down · x)))) in parallel to attention and to the MLP, on their normalised input, φ
/// being QuickGELU.
///
/// Patches are convolved on their grid, the class token as an image of one pixel.
public struct ConvPass: FineTuningMethod {
  /// How the kernel starts.
  public enum Start: String, OptionChoice {
    /// By Xavier's uniform rule.
    case xavier
    /// As the identity.
    case dirac
  }

  public var rank = 8
  public var scale: Float = 1
  public var dropout: Float = 0.1
  public var kernel = Start.xavier

  public static let name = "convpass"
  public static let summary = "Trains convolutional bottlenecks in parallel to attention and MLP."
  public static let citation =
    "Jie & Deng, Convolutional Bypasses Are Better Vision Transformer Adapters, ECAI 2024"
  public static let needsEveryPatch = true
  public static let options: [MethodOption<ConvPass>] = [
    MethodOption("rank", \.rank, 1...4096, "channels of the bottleneck"),
    MethodOption("scale", \.scale, -100...100, "factor on the bypass's output"),
    MethodOption("dropout", \.dropout, 0...0.9, "dropout in the bottleneck while training"),
    MethodOption("kernel", \.kernel, "how the kernel starts"),
  ]

  public init() {}

  public func adapt(_ adaptation: Adaptation) throws(MethodError) {
    guard let tower = try adaptation.promptableTowers(for: Self.name).first else { return }
    let side = tower.gridSide
    adaptation.insert { site, scope in
      guard site.point.isBranch else { return nil }
      return ConvolutionalBypass(scope, width: site.width, side: side, method: self)
    }
  }
}

private final class ConvolutionalBypass: Insertion {
  private let down, downBias, kernel, kernelBias, up, upBias: Parameter
  private let side: Int
  private let method: ConvPass
  private let path: String

  init(_ scope: ParameterScope, width: Int, side: Int, method: ConvPass) {
    let rank = method.rank
    down = scope.parameter("convpass_down", [rank, width], .xavierUniform, trainable: true)
    downBias = scope.parameter("convpass_down_bias", [rank], .zeros, trainable: true)
    // [out, 3 · 3 · in], neighbours row by row.
    let bound = (6 / Float(18 * rank)).squareRoot()
    kernel = scope.parameter("convpass_kernel", [rank, 9 * rank], .uniform(bound: bound), trainable: true)
    kernelBias = scope.parameter("convpass_kernel_bias", [rank], .zeros, trainable: true)
    up = scope.parameter("convpass_up", [width, rank], .zeros, trainable: true)
    upBias = scope.parameter("convpass_up_bias", [width], .zeros, trainable: true)
    self.side = side
    self.method = method
    path = "\(scope.path).convpass"
    guard method.kernel == .dirac else { return }
    let identity = Tensor(zeros: kernel.shape)
    for channel in 0..<rank { identity.mutableFloats[channel * 9 * rank + 4 * rank + channel] = 1 }
    kernel.assign(identity)
  }

  func apply(to h: Variable, branch: BranchInputs?, context: ForwardContext) -> Variable {
    guard let branch else { return h }
    let code = branch.normalized.linear(weight: down.variable, bias: downBias.variable).activated(.quickGELU)
    let convolved = code.gridNeighborhoods(side: side)
      .linear(weight: kernel.variable, bias: kernelBias.variable).activated(.quickGELU)
      .dropped(method.dropout, at: path, context)
    return h
      + method.scale * convolved.linear(weight: up.variable, bias: upBias.variable, result: h.dtype)
  }
}
