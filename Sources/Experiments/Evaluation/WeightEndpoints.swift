import CLIPCore
import Checkpoint
import Foundation
import TensorCore
import Training
import WiSE

/// Pre-trained and fine-tuned weights of one classifier, head included, and all between them.
public struct WeightEndpoints: Sendable {
  public let pretrained: StateDict
  public let finetuned: StateDict
  /// Whether only the head differs, so that features of the tower serve every alpha.
  public let sharesTower: Bool

  public init(pretrained: StateDict, finetuned: StateDict) {
    self.pretrained = pretrained
    self.finetuned = finetuned
    sharesTower = pretrained.names.allSatisfy { name in
      ImageClassifier.headPaths.contains(name) || !name.hasPrefix("visual.")
        || Self.sameBytes(pretrained[name], finetuned[name])
    }
  }

  /// (1 − alpha) · pre-trained + alpha · fine-tuned; the endpoints bit for bit.
  public func state(alpha: Double) throws(WiSEError) -> StateDict {
    try Interpolation.interpolate(from: pretrained, to: finetuned, alpha: alpha)
  }

  /// Whether both ends have the same values of a tensor.
  func hasSameBytes(_ name: String) -> Bool { Self.sameBytes(pretrained[name], finetuned[name]) }

  private static func sameBytes(_ a: Tensor?, _ b: Tensor?) -> Bool {
    guard let a, let b, a.shape == b.shape, a.byteCount == b.byteCount else { return false }
    guard let first = a.bytes.baseAddress, let second = b.bytes.baseAddress else { return true }
    return first == second || memcmp(first, second, a.byteCount) == 0
  }
}
