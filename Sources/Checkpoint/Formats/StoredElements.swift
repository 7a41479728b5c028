import TensorCore

extension Tensor {
  /// Why elements of a file cannot become a tensor.
  struct ElementProblem: Error {
    let message: String
  }

  /// Elements of a file that lie one after another from `offset` of `storage` on: a view where the types agree and the
  /// data are aligned, else a copy.
  ///
  /// Integers of other widths become `i32` if every value fits, `F64` is rounded to `f32`, `BOOL` becomes `u8`. The
  /// elements must lie within the storage.
  static func stored(
    as type: SafetensorsType, shape: [Int], in storage: Storage, at offset: Int
  ) throws(ElementProblem) -> Tensor {
    guard let tensorType = type.tensorType else {
      throw ElementProblem(message: "its type \(type.rawValue) is not supported, convert it to F32 or F16")
    }
    let source = UnsafeRawBufferPointer(
      start: storage.pointer + offset, count: shape.reduce(1, *) * type.byteWidth)
    if tensorType.byteWidth == type.byteWidth, type != .u32 {
      if offset % type.byteWidth == 0 {
        return Tensor(shape: shape, dtype: tensorType, storage: storage, byteOffset: offset)
      }
      let copy = Tensor(uninitialized: shape, dtype: tensorType)
      copy.mutableBytes.copyMemory(from: source)
      return copy
    }
    guard let converted = ElementConversion.read(source, as: type, shape: shape) else {
      throw ElementProblem(message: "a value of type \(type.rawValue) does not fit into 32 bits")
    }
    return converted
  }
}

extension SafetensorsType {
  /// Bytes of a tensor of this type; nil where an extent is negative or the product of all but zeros is beyond counting:
  /// extents are multiplied again elsewhere, in other orders.
  func byteCount(of shape: [Int]) -> Int? {
    var byteCount = byteWidth
    for extent in shape where extent != 0 {
      let (product, overflow) = byteCount.multipliedReportingOverflow(by: extent)
      guard extent > 0, !overflow else { return nil }
      byteCount = product
    }
    return shape.contains(0) ? 0 : byteCount
  }
}
