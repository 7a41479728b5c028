import Checkpoint
import Foundation
import TensorCore

/// Combinations of the weights of several models: interpolation between two, averages (soups) of many.
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
    try check(pretrained, finetuned)
    var result = StateDict(metadata: alpha == 0 ? pretrained.metadata : finetuned.metadata)
    for (name, start) in pretrained {
      guard let end = finetuned[name] else { continue }
      result[name] = interpolate(start, end, alpha: alpha)
    }
    return result
  }

  /// The uniform soup: the mean of each tensor over the models, summed in double precision. Integer tensors
  /// and metadata are the first model's.
  public static func average(_ states: [StateDict]) throws(WiSEError) -> StateDict {
    guard let first = states.first else { throw .noModels }
    for other in states.dropFirst() { try check(first, other) }
    var result = StateDict(metadata: first.metadata)
    for (name, tensor) in first {
      result[name] = mean(states.compactMap { $0[name]?.convertedToFloat() }) ?? tensor
    }
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

  /// Nil for no tensors.
  private static func mean(_ tensors: [Tensor]) -> Tensor? {
    guard let first = tensors.first else { return nil }
    let sums = UnsafeMutableBufferPointer<Double>.allocate(capacity: first.count)
    defer { sums.deallocate() }
    sums.initialize(repeating: 0)
    for tensor in tensors {
      withExtendedLifetime(tensor) {
        let values = tensor.floats
        for i in 0..<sums.count { sums[i] += Double(values[i]) }
      }
    }
    let result = Tensor(uninitialized: first.shape)
    let output = result.mutableFloats
    for i in 0..<sums.count { output[i] = Float(sums[i] / Double(tensors.count)) }
    return result
  }

  private static func check(_ first: StateDict, _ second: StateDict) throws(WiSEError) {
    var differences: [TensorDifference] = []
    for (name, a) in first {
      guard let b = second[name] else {
        differences.append(TensorDifference(name: name, reason: .onlyInFirst))
        continue
      }
      if a.shape != b.shape {
        differences.append(TensorDifference(name: name, reason: .shapes(a.shape, b.shape)))
      } else if a.dtype.isFloatingPoint != b.dtype.isFloatingPoint {
        differences.append(TensorDifference(name: name, reason: .types(a.dtype, b.dtype)))
      }
    }
    for name in second.names where !first.contains(name) {
      differences.append(TensorDifference(name: name, reason: .onlyInSecond))
    }
    guard differences.isEmpty else { throw .mismatch(differences) }
  }
}
