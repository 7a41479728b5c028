import Foundation
import TensorCore

extension Parameter {
  /// Holds the logarithm of a factor on similarities below that of 100, as CLIP's pre-training does (Radford et al. 2021).
  func clampSimilarityScale() {
    let scale = value.mutableFloats
    scale[0] = min(scale[0], log(Float(100)))
    valueDidChange()
  }
}
