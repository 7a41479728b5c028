import CKernels
import TensorCore

/// Conversions between the element types of files and those of tensors.
enum ElementConversion {
  /// Widths a tensor does not have, narrowed: integers to `i32` (nil if one does not fit), `f64` to `f32`.
  static func read(_ source: UnsafeRawBufferPointer, as type: SafetensorsType, shape: [Int]) -> Tensor? {
    switch type {
    case .i8: integers(source, Int8.self, shape)
    case .u16: integers(source, UInt16.self, shape)
    case .i16: integers(source, Int16.self, shape)
    case .u32: integers(source, UInt32.self, shape)
    case .i64: integers(source, Int64.self, shape)
    case .u64: integers(source, UInt64.self, shape)
    case .f64: doubles(source, shape)
    default: nil
    }
  }

  private static func integers<Source: FixedWidthInteger>(
    _ source: UnsafeRawBufferPointer, _: Source.Type, _ shape: [Int]
  ) -> Tensor? {
    let result = Tensor(uninitialized: shape, dtype: .i32)
    let output = result.mutableInts
    for i in 0..<output.count {
      let value = source.loadUnaligned(fromByteOffset: i * MemoryLayout<Source>.size, as: Source.self)
      guard let narrowed = Int32(exactly: value) else { return nil }
      output[i] = narrowed
    }
    return result
  }

  private static func doubles(_ source: UnsafeRawBufferPointer, _ shape: [Int]) -> Tensor {
    let result = Tensor(uninitialized: shape)
    let output = result.mutableFloats
    for i in 0..<output.count {
      output[i] = Float(source.loadUnaligned(fromByteOffset: i * 8, as: Double.self))
    }
    return result
  }
}

extension Tensor {
  /// The same numbers as `f32`: itself if it is, exact for `f16` and `bf16`, nil for integer types.
  public func convertedToFloat() -> Tensor? {
    switch dtype {
    case .f32: self
    case .bf16: widened(by: ck_bf16_to_f32)
    case .f16: widened(by: ck_f16_to_f32)
    case .i32, .u8: nil
    }
  }

  private func widened(
    by kernel: (UnsafeMutablePointer<Float>?, UnsafePointer<UInt16>?, Int64) -> Void
  ) -> Tensor {
    let result = Tensor(uninitialized: shape)
    withExtendedLifetime(self) {
      kernel(
        result.mutableFloats.baseAddress, bytes.assumingMemoryBound(to: UInt16.self).baseAddress, Int64(count)
      )
    }
    return result
  }
}
