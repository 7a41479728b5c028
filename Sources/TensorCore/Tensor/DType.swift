/// The element types a tensor can hold.
public enum DType: String, Sendable, Codable, CaseIterable {
  /// IEEE 754 single precision.
  case f32
  /// The upper half of an `f32`: 8 exponent bits, 7 mantissa bits.
  case bf16
  /// IEEE 754 half precision: a storage type only, converted on reading.
  case f16
  /// 32-bit signed integers: token ids, class indices.
  case i32
  /// Raw bytes: pixels, masks.
  case u8

  /// Size of one element in bytes.
  public var byteWidth: Int {
    switch self {
    case .f32, .i32: 4
    case .bf16, .f16: 2
    case .u8: 1
    }
  }

  /// Whether elements are numbers with a fraction, not integers.
  public var isFloatingPoint: Bool {
    switch self {
    case .f32, .bf16, .f16: true
    case .i32, .u8: false
    }
  }
}
