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
  /// Names of what has the same values at both ends.
  private let unchanged: Set<String>

  public init(pretrained: StateDict, finetuned: StateDict) {
    self.pretrained = pretrained
    self.finetuned = finetuned
    unchanged = Set(pretrained.names.filter { Self.sameBytes(pretrained[$0], finetuned[$0]) })
  }

  /// (1 − alpha) · pre-trained + alpha · fine-tuned; the endpoints bit for bit.
  public func state(alpha: Double) throws(WiSEError) -> StateDict {
    try Interpolation.interpolate(from: pretrained, to: finetuned, alpha: alpha)
  }

  /// The same with each weight as far as its place goes at alpha.
  func state(at alpha: Double, _ places: AlphaPlaces) throws(WiSEError) -> StateDict {
    try places.shape.check(alpha)
    return try Interpolation.interpolate(from: pretrained, to: finetuned) {
      places.alpha(of: $0, at: alpha)
    }
  }

  /// Whether both ends have the same values of a tensor.
  func hasSameBytes(_ name: String) -> Bool { unchanged.contains(name) }

  /// Throws unless something differs between the ends that moves.
  func requireMovement(_ places: AlphaPlaces) throws(WiSEError) {
    if places.shape.part == .head, places.headIsText { throw places.unmoved }
    guard pretrained.names.contains(where: { !hasSameBytes($0) && places.moves($0) }) else {
      throw places.unmoved
    }
  }

  /// What of an image tower with these weights is the same at every alpha.
  func sharing(_ vision: VisionTransformer, _ places: AlphaPlaces) -> TowerSharing {
    TowerSharing(movingIn: movingBlocks(of: vision, places))
  }

  /// The blocks with weights that differ and move, as `TowerSharing` counts them.
  func movingBlocks(of vision: VisionTransformer, _ places: AlphaPlaces) -> [Int] {
    pretrained.names.filter {
      $0.hasPrefix("visual.") && !ImageClassifier.headPaths.contains($0) && !hasSameBytes($0)
        && places.moves($0)
    }.map { vision.order(of: $0, block: places.block(of: $0)) }
  }

  private static func sameBytes(_ a: Tensor?, _ b: Tensor?) -> Bool {
    guard let a, let b, a.shape == b.shape, a.byteCount == b.byteCount else { return false }
    guard let first = a.bytes.baseAddress, let second = b.bytes.baseAddress else { return true }
    return first == second || memcmp(first, second, a.byteCount) == 0
  }
}
