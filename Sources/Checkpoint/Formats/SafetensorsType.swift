import TensorCore

/// The element types of the safetensors format.
public enum SafetensorsType: String, Sendable, CaseIterable {
  case bool = "BOOL"
  case u8 = "U8"
  case i8 = "I8"
  case f8e4m3 = "F8_E4M3"
  case f8e5m2 = "F8_E5M2"
  case u16 = "U16"
  case i16 = "I16"
  case f16 = "F16"
  case bf16 = "BF16"
  case u32 = "U32"
  case i32 = "I32"
  case f32 = "F32"
  case u64 = "U64"
  case i64 = "I64"
  case f64 = "F64"

  /// Size of one element in bytes.
  public var byteWidth: Int {
    switch self {
    case .bool, .u8, .i8, .f8e4m3, .f8e5m2: 1
    case .u16, .i16, .f16, .bf16: 2
    case .u32, .i32, .f32: 4
    case .u64, .i64, .f64: 8
    }
  }

  /// What tensors of this type are read as, exactly but for `f64` (rounded); nil where nothing fits.
  public var tensorType: DType? {
    switch self {
    case .bool, .u8: .u8
    case .f16: .f16
    case .bf16: .bf16
    case .f32, .f64: .f32
    case .i8, .i16, .u16, .i32, .u32, .i64, .u64: .i32
    case .f8e4m3, .f8e5m2: nil
    }
  }

  /// The type a tensor is stored as.
  public init(_ type: DType) {
    switch type {
    case .f32: self = .f32
    case .bf16: self = .bf16
    case .f16: self = .f16
    case .i32: self = .i32
    case .u8: self = .u8
    }
  }
}
