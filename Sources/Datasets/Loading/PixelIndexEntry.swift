import Checkpoint

/// Where the pixels of an image lie in a store.
///
/// On disk, in little-endian numbers: the key (16 bytes), offset (8), width (4), height (4), the pixels' checksum (4) and
/// that of all before it (4).
struct PixelIndexEntry: Sendable, Equatable {
  static let byteCount = 40

  let offset: Int
  let width, height: Int
  let checksum: UInt32

  /// Bytes of the pixels.
  var byteCount: Int { 3 * width * height }

  func encoded(_ key: PixelKey) -> [UInt8] {
    var bytes: [UInt8] = []
    func append(_ value: some FixedWidthInteger) { withUnsafeBytes(of: value.littleEndian) { bytes += $0 } }
    append(key.high)
    append(key.low)
    append(UInt64(offset))
    append(UInt32(width))
    append(UInt32(height))
    append(checksum)
    append(bytes.withUnsafeBytes { Checksum.crc32($0) })
    return bytes
  }

  /// Nil if the bytes, of which there are as many as an entry has, are damaged.
  static func parse(_ bytes: ArraySlice<UInt8>) -> (PixelKey, PixelIndexEntry)? {
    func number<Number: FixedWidthInteger>(_ offset: Int, as type: Number.Type) -> Number {
      (0..<MemoryLayout<Number>.size).reduce(0) {
        $0 | Number(bytes[bytes.startIndex + offset + $1]) << (8 * $1)
      }
    }
    let checksum = bytes.dropLast(4).withUnsafeBytes { Checksum.crc32($0) }
    guard checksum == number(36, as: UInt32.self), let offset = Int(exactly: number(16, as: UInt64.self))
    else { return nil }
    let key = PixelKey(high: number(0, as: UInt64.self), low: number(8, as: UInt64.self))
    let entry = PixelIndexEntry(
      offset: offset, width: Int(number(24, as: UInt32.self)), height: Int(number(28, as: UInt32.self)),
      checksum: number(32, as: UInt32.self))
    return (key, entry)
  }
}
