import TensorCore

/// Elements that lie apart, or in another order than a tensor's.
enum StridedElements {
  /// The elements of a shape one after another, the last dimension fastest. `source` begins with the first element;
  /// `strides` count elements, and all they reach must lie in it. `width` is that of an element in bytes.
  static func gathered(
    from source: UnsafeRawBufferPointer, shape: [Int], strides: [Int], width: Int
  ) -> Storage {
    let count = shape.reduce(1, *)
    let result = Storage(byteCount: count * width)
    var index = Array(repeating: 0, count: shape.count)
    var offset = 0
    for element in 0..<count {
      UnsafeMutableRawBufferPointer(start: result.pointer + element * width, count: width)
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[offset * width..<(offset + 1) * width]))
      for dimension in index.indices.reversed() {
        index[dimension] += 1
        // Wraps where an extent of 1 has an absurd stride, and wraps back below.
        offset &+= strides[dimension]
        if index[dimension] < shape[dimension] { break }
        index[dimension] = 0
        offset &-= strides[dimension] &* shape[dimension]
      }
    }
    return result
  }
}
