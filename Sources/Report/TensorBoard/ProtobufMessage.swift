/// A protocol buffer message, encoded field by field.
struct ProtobufMessage {
  private(set) var bytes: [UInt8] = []

  /// An `int64`, `uint64` or enumeration field.
  mutating func add(_ field: UInt64, varint value: UInt64) {
    append(field << 3)
    append(value)
  }

  mutating func add(_ field: UInt64, double value: Double) {
    append(field << 3 | 1)
    bytes.append(littleEndian: value.bitPattern)
  }

  mutating func add(_ field: UInt64, float value: Float) {
    append(field << 3 | 5)
    bytes.append(littleEndian: value.bitPattern)
  }

  /// A string, bytes or embedded message field.
  mutating func add(_ field: UInt64, bytes value: [UInt8]) {
    append(field << 3 | 2)
    append(UInt64(value.count))
    bytes += value
  }

  private mutating func append(_ varint: UInt64) {
    var rest = varint
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}

extension [UInt8] {
  /// Appends an integer, its lowest byte first.
  mutating func append(littleEndian value: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }
}
