import TensorCore

/// Rearrangements that translate between the layouts of checkpoints, for elements of any type.
extension Tensor {
  /// Stacks tensors along their first dimension; nil unless types and other dimensions agree.
  static func stacked(_ parts: [Tensor]) -> Tensor? {
    guard let first = parts.first, first.rank > 0,
      parts.allSatisfy({
        $0.dtype == first.dtype && $0.rank > 0 && $0.shape.dropFirst() == first.shape.dropFirst()
      })
    else { return nil }
    let rows = parts.reduce(0) { $0 + $1.shape[0] }
    let result = Tensor(uninitialized: [rows] + first.shape.dropFirst(), dtype: first.dtype)
    var position = 0
    for part in parts {
      withExtendedLifetime(part) {
        UnsafeMutableRawBufferPointer(rebasing: result.mutableBytes[position...]).copyMemory(from: part.bytes)
      }
      position += part.byteCount
    }
    return result
  }

  /// Equal parts along the first dimension, as views; nil if it cannot be cut so.
  func split(into parts: Int) -> [Tensor]? {
    guard rank > 0, shape[0] % parts == 0 else { return nil }
    let rows = shape[0] / parts
    return (0..<parts).map { self.rows($0 * rows..<($0 + 1) * rows) }
  }

  /// The transpose of a matrix; nil for other ranks.
  func transposed() -> Tensor? {
    guard rank == 2 else { return nil }
    let result = Tensor(uninitialized: [shape[1], shape[0]], dtype: dtype)
    withExtendedLifetime(self) {
      switch dtype.byteWidth {
      case 4: transpose(into: result, as: UInt32.self)
      case 2: transpose(into: result, as: UInt16.self)
      default: transpose(into: result, as: UInt8.self)
      }
    }
    return result
  }

  private func transpose<Element: BitwiseCopyable>(into result: Tensor, as _: Element.Type) {
    let input = bytes.assumingMemoryBound(to: Element.self)
    let output = result.mutableBytes.assumingMemoryBound(to: Element.self)
    let (rows, columns) = (shape[0], shape[1])
    for row in 0..<rows {
      for column in 0..<columns { output[column * rows + row] = input[row * columns + column] }
    }
  }
}
