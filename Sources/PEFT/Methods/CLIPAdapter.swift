import NN
import TensorCore

/// CLIP-Adapter: a bottleneck on the image embedding, mixed with what it was: r · ReLU(W₂ · ReLU(W₁ · f)) + (1 − r) · f.
///
/// Everything else stays as it is, the head included.
public struct CLIPAdapter: FineTuningMethod {
  public var reduction = 4
  public var ratio: Float = 0.2

  public static let name = "clip-adapter"
  public static let summary = "Trains a bottleneck on the image embedding."
  public static let citation =
    "Gao et al., CLIP-Adapter: Better Vision-Language Models with Feature Adapters, IJCV 2024"
  public static let options: [MethodOption<CLIPAdapter>] = [
    MethodOption("reduction", \.reduction, 1...1024, "embedding widths in a bottleneck's width"),
    MethodOption("ratio", \.ratio, 0...1, "share of the adapted embedding"),
  ]
  public static let training = MethodTraining(worldRate: 1e-2, photographs: "frozen-features")

  public init() {}

  public func adapt(_ adaptation: Adaptation) throws(MethodError) {
    adaptation.trainsHead = false
    adaptation.insert { site, scope in
      guard site.point == .embedding else { return nil }
      let rank = max(1, site.width / reduction)
      return EmbeddingAdapter(
        down: scope.parameter("clip_adapter_down", [rank, site.width], .kaimingUniform, trainable: true),
        up: scope.parameter("clip_adapter_up", [site.width, rank], .kaimingUniform, trainable: true),
        ratio: ratio)
    }
  }
}

private final class EmbeddingAdapter: Insertion {
  private let down, up: Parameter
  private let ratio: Float

  init(down: Parameter, up: Parameter, ratio: Float) {
    self.down = down
    self.up = up
    self.ratio = ratio
  }

  func apply(to h: Variable, branch: BranchInputs?, context: ForwardContext) -> Variable {
    let adapted = h.linear(weight: down.variable).activated(.relu).linear(weight: up.variable).activated(
      .relu)
    return ratio * adapted + (1 - ratio) * h
  }
}
