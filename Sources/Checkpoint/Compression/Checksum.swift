import CZlib

/// CRC-32 as zip archives use it.
package enum Checksum {
  /// Of the bytes that gave `start`, followed by these.
  package static func crc32(_ bytes: UnsafeRawBufferPointer, after start: UInt32 = 0) -> UInt32 {
    var checksum = UInt(start)
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(1 << 30))
      checksum = CZlib.crc32(
        checksum, piece.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt32(piece.count))
      rest = rest.dropFirst(piece.count)
    }
    return UInt32(checksum)
  }
}
