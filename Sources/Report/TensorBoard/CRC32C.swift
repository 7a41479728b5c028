/// The Castagnoli checksum that frames the records of event files.
package struct CRC32C: Sendable {
  private var state: UInt32 = 0xFFFF_FFFF

  package init() {}

  /// Continues the checksum with `bytes`.
  package mutating func update(_ bytes: some Sequence<UInt8>) {
    var state = state
    Self.table.withUnsafeBufferPointer { table in
      for byte in bytes { state = table[Int((state ^ UInt32(byte)) & 0xFF)] ^ (state >> 8) }
    }
    self.state = state
  }

  /// The checksum of all bytes so far.
  package var value: UInt32 { ~state }

  /// The checksum rotated and offset, as records store it: a checksum of data that holds checksums is weak.
  package var masked: UInt32 { ((value >> 15) | (value << 17)) &+ 0xA282_EAD8 }

  /// The checksum of `bytes`.
  package static func of(_ bytes: some Sequence<UInt8>) -> CRC32C {
    var checksum = CRC32C()
    checksum.update(bytes)
    return checksum
  }

  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? (value >> 1) ^ 0x82F6_3B78 : value >> 1 }
  }
}
