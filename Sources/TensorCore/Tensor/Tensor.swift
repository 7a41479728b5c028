/// A dense, row-major array of numbers: a value over reference-counted storage.
///
/// Copies share memory, and so do views by `reshaped` and `rows`. Operations return new tensors; only an owner that
/// made a tensor (or holds a parameter) writes into it, through the `mutable…` pointers.
public struct Tensor: Sendable {
  /// Extent of each dimension, outermost first; empty for a scalar.
  public let shape: [Int]
  public let dtype: DType
  package private(set) var storage: Storage
  package let byteOffset: Int

  package init(shape: [Int], dtype: DType, storage: Storage, byteOffset: Int = 0) {
    precondition(byteOffset + shape.reduce(1, *) * dtype.byteWidth <= storage.byteCount)
    self.shape = shape
    self.dtype = dtype
    self.storage = storage
    self.byteOffset = byteOffset
  }

  /// A tensor whose contents are undefined until written.
  public init(uninitialized shape: [Int], dtype: DType = .f32) {
    self.init(
      shape: shape, dtype: dtype, storage: Storage(byteCount: shape.reduce(1, *) * dtype.byteWidth))
  }

  public init(zeros shape: [Int], dtype: DType = .f32) {
    self.init(uninitialized: shape, dtype: dtype)
    mutableBytes.initializeMemory(as: UInt8.self, repeating: 0)
  }

  /// - Precondition: `values.count` is the product of `shape`.
  public init(_ values: [Float], shape: [Int]) {
    self.init(uninitialized: shape)
    precondition(values.count == count, "\(values.count) values for shape \(shape)")
    _ = mutableFloats.initialize(from: values)
  }

  /// - Precondition: `values.count` is the product of `shape`.
  public init(_ values: [Int32], shape: [Int]) {
    self.init(uninitialized: shape, dtype: .i32)
    precondition(values.count == count, "\(values.count) values for shape \(shape)")
    _ = mutableInts.initialize(from: values)
  }

  /// A one-dimensional or scalar tensor with one value.
  public init(scalar value: Float) { self.init([value], shape: []) }

  /// Number of elements.
  public var count: Int { shape.reduce(1, *) }
  public var rank: Int { shape.count }
  public var byteCount: Int { count * dtype.byteWidth }

  /// The elements in row-major order; valid while the tensor is alive.
  public var floats: UnsafeBufferPointer<Float> { UnsafeBufferPointer(mutableFloats) }
  public var ints: UnsafeBufferPointer<Int32> { UnsafeBufferPointer(mutableInts) }
  public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(mutableBytes) }

  public var mutableFloats: UnsafeMutableBufferPointer<Float> {
    precondition(dtype == .f32)
    return mutableBytes.assumingMemoryBound(to: Float.self)
  }
  public var mutableInts: UnsafeMutableBufferPointer<Int32> {
    precondition(dtype == .i32)
    return mutableBytes.assumingMemoryBound(to: Int32.self)
  }
  public var mutableBytes: UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(start: storage.pointer + byteOffset, count: byteCount)
  }

  /// Start of the elements, for kernels.
  package var f32: UnsafeMutablePointer<Float> {
    precondition(dtype == .f32)
    return (storage.pointer + byteOffset).assumingMemoryBound(to: Float.self)
  }
  package var i32: UnsafeMutablePointer<Int32> {
    precondition(dtype == .i32)
    return (storage.pointer + byteOffset).assumingMemoryBound(to: Int32.self)
  }

  /// A copy of the elements.
  public var array: [Float] { withExtendedLifetime(self) { Array(floats) } }
  public var intArray: [Int32] { withExtendedLifetime(self) { Array(ints) } }

  /// The value of a tensor of one element.
  public var item: Float { withExtendedLifetime(self) { floats[0] } }

  /// Mean of all elements, summed in double precision.
  package var mean: Double {
    withExtendedLifetime(self) { floats.reduce(0.0) { $0 + Double($1) } / Double(max(1, count)) }
  }

  /// The same elements under another shape.
  /// - Precondition: the element counts agree.
  public func reshaped(_ shape: [Int]) -> Tensor {
    precondition(shape.reduce(1, *) == count, "cannot view \(self.shape) as \(shape)")
    return Tensor(shape: shape, dtype: dtype, storage: storage, byteOffset: byteOffset)
  }

  /// A view of a range of the outermost dimension.
  public func rows(_ range: Range<Int>) -> Tensor {
    precondition(rank > 0 && range.lowerBound >= 0 && range.upperBound <= shape[0])
    let rowBytes = shape[0] == 0 ? 0 : byteCount / shape[0]
    return Tensor(
      shape: [range.count] + shape.dropFirst(), dtype: dtype, storage: storage,
      byteOffset: byteOffset + range.lowerBound * rowBytes)
  }

  /// A tensor of its own memory with the same elements.
  public func copy() -> Tensor {
    let result = Tensor(uninitialized: shape, dtype: dtype)
    withExtendedLifetime(self) { result.mutableBytes.copyMemory(from: bytes) }
    return result
  }
}

extension Tensor {
  /// Whether no other tensor shares this one's memory, so that it may be overwritten.
  package mutating func isUniquelyReferenced() -> Bool { isKnownUniquelyReferenced(&storage) }
}

extension Tensor {
  /// Start of one row of the outermost dimension, for code that fills rows from many threads; valid while the tensor
  /// is alive.
  public func row(_ index: Int) -> UnsafeMutablePointer<Float> {
    precondition(rank > 0 && (0..<shape[0]).contains(index))
    return f32 + index * (count / shape[0])
  }
}
