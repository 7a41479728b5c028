import Checkpoint
import Foundation
import TensorCore

/// Interpolation between the weights of two models; many are merged by a `MergeMethod`.
///
/// Computed in fp32, half-precision inputs widened first. Integer tensors hold no weights and are taken over
/// as they are. Results may share memory with what they were made from.
public enum Interpolation {
  /// (1 − alpha) · pretrained + alpha · finetuned over all tensors; alpha in 0…1.
  ///
  /// Alpha 0 and 1 give the two models bit for bit, and weights that are equal in both stay as they are at
  /// every alpha. Integer tensors are the fine-tuned model's, except at 0.
  public static func interpolate(
    from pretrained: StateDict, to finetuned: StateDict, alpha: Double
  ) throws(WiSEError) -> StateDict {
    guard (0...1).contains(alpha) else { throw .alphaOutOfRange(alpha) }
    return try interpolate(from: pretrained, to: finetuned) { _ in alpha }
  }

  /// The same with an alpha for each tensor, by its name; alphas beyond 0…1 extrapolate.
  public static func interpolate(
    from pretrained: StateDict, to finetuned: StateDict, by alpha: (_ name: String) -> Double
  ) throws(WiSEError) -> StateDict {
    try requireSameTensors(pretrained, finetuned)
    var result = StateDict(metadata: finetuned.metadata)
    var isStart = true
    for (name, start) in pretrained {
      guard let end = finetuned[name] else { continue }
      let alpha = alpha(name)
      guard alpha.isFinite else { throw .alphaOutOfRange(alpha) }
      isStart = isStart && alpha == 0
      result[name] = interpolate(start, end, alpha: alpha)
    }
    if isStart { result.metadata = pretrained.metadata }
    return result
  }

  private static func interpolate(_ start: Tensor, _ end: Tensor, alpha: Double) -> Tensor {
    guard let start = start.convertedToFloat(), let end = end.convertedToFloat() else {
      return alpha == 0 ? start : end
    }
    if alpha == 0 || haveEqualBits(start, end) { return start }
    return alpha == 1 ? end : .lerp(start, end, alpha: Float(alpha))
  }

  private static func haveEqualBits(_ a: Tensor, _ b: Tensor) -> Bool {
    withExtendedLifetime((a, b)) {
      guard let first = a.bytes.baseAddress, let second = b.bytes.baseAddress else { return true }
      return memcmp(first, second, a.byteCount) == 0
    }
  }

  /// Throws, listing every difference, unless two models have tensors of the same names, shapes and kinds.
  public static func requireSameTensors(_ first: StateDict, _ second: StateDict) throws(WiSEError) {
    let differences = MergeInput("first", first).differences(from: MergeInput("second", second))
    guard differences.isEmpty else { throw .mismatch(differences) }
  }
}
