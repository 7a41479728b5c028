import TensorCore

/// The elements of a tensor that are largest in magnitude.
enum LargestElements {
  /// The tensor with all but its `count` largest elements set to 0; of equal ones the first are kept.
  static func only(_ count: Int, of tensor: Tensor) -> Tensor {
    guard count < tensor.count else { return tensor }
    let (threshold, equal) = smallest(of: count, in: tensor)
    let result = Tensor(uninitialized: tensor.shape)
    withExtendedLifetime((tensor, result)) {
      let (input, output) = (tensor.floats, result.mutableFloats)
      var left = equal
      for i in input.indices {
        let magnitude = input[i].magnitude.bitPattern
        var isKept = magnitude > threshold
        if magnitude == threshold, left > 0 { (isKept, left) = (true, left - 1) }
        output[i] = isKept ? input[i] : 0
      }
    }
    return result
  }

  /// The bits of the smallest magnitude among the `count` largest, and how many of its kind are among them. Magnitudes are
  /// ordered as their bits are: these are counted by their upper half, and within one of these by their lower.
  private static func smallest(of count: Int, in tensor: Tensor) -> (bits: UInt32, equal: Int) {
    withExtendedLifetime(tensor) {
      let input = tensor.floats
      var counts = [Int](repeating: 0, count: 1 << 16)
      for value in input { counts[Int(value.magnitude.bitPattern >> 16)] += 1 }
      let (upper, left) = bin(of: count, in: counts)
      counts = [Int](repeating: 0, count: 1 << 16)
      for value in input where value.magnitude.bitPattern >> 16 == upper {
        counts[Int(value.magnitude.bitPattern & 0xFFFF)] += 1
      }
      let (lower, equal) = bin(of: left, in: counts)
      return (UInt32(upper) << 16 | UInt32(lower), equal)
    }
  }

  /// The bin that the `count`-th falls into, counted from the last bin down, and the how-manieth of that bin it is.
  private static func bin(of count: Int, in counts: [Int]) -> (bin: Int, rank: Int) {
    var left = count
    for bin in counts.indices.reversed() {
      if counts[bin] >= left { return (bin, left) }
      left -= counts[bin]
    }
    return (0, left)
  }
}
