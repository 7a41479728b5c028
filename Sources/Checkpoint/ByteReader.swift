/// Reads little-endian numbers and runs of bytes from memory, never beyond its end.
struct ByteReader {
  /// There are fewer bytes than asked for.
  struct EndOfData: Error {
    let offset: Int
  }

  let bytes: UnsafeRawBufferPointer
  private(set) var position: Int

  init(_ bytes: UnsafeRawBufferPointer, at position: Int = 0) {
    self.bytes = bytes
    self.position = position
  }

  var bytesLeft: Int { bytes.count - position }

  mutating func take(_ count: Int) throws(EndOfData) -> UnsafeRawBufferPointer {
    guard count >= 0, count <= bytesLeft else { throw EndOfData(offset: position) }
    defer { position += count }
    return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
  }

  mutating func skip(_ count: Int) throws(EndOfData) { _ = try take(count) }

  mutating func number<Number: FixedWidthInteger & BitwiseCopyable>(
    _: Number.Type
  ) throws(EndOfData) -> Number {
    let bytes = try take(MemoryLayout<Number>.size)
    return Number(littleEndian: bytes.loadUnaligned(as: Number.self))
  }

  mutating func text(_ count: Int) throws(EndOfData) -> String {
    String(decoding: try take(count), as: UTF8.self)
  }

  /// Up to the next newline, which is skipped, and of at most so many bytes.
  mutating func line(limit: Int) throws(EndOfData) -> String {
    guard let end = bytes[position...].prefix(limit + 1).firstIndex(of: UInt8(ascii: "\n")) else {
      throw EndOfData(offset: position)
    }
    let text = String(decoding: UnsafeRawBufferPointer(rebasing: bytes[position..<end]), as: UTF8.self)
    position = end + 1
    return text
  }
}
