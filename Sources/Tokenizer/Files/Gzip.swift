import CZlib
import Foundation

/// Decompresses gzip files in memory.
enum Gzip {
  static func matches(_ bytes: Data) -> Bool { bytes.starts(with: [0x1F, 0x8B]) }

  /// The contents, or nil if the data are damaged, incomplete or decompress to more than `limit` bytes.
  static func decompressed(_ compressed: Data, limit: Int) -> Data? {
    var stream = z_stream()
    // 16 asks for the gzip wrapper with its checksum.
    guard inflateInit2_(&stream, MAX_WBITS + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else {
      return nil
    }
    defer { inflateEnd(&stream) }
    var input = Array(compressed)
    guard let inputCount = UInt32(exactly: input.count) else { return nil }
    var piece = [UInt8](repeating: 0, count: 1 << 18)
    var output = Data()
    return input.withUnsafeMutableBufferPointer { source -> Data? in
      stream.next_in = source.baseAddress
      stream.avail_in = inputCount
      while true {
        let (status, produced) = piece.withUnsafeMutableBufferPointer { target -> (Int32, Int) in
          stream.next_out = target.baseAddress
          stream.avail_out = UInt32(target.count)
          let status = inflate(&stream, Z_NO_FLUSH)
          return (status, target.count - Int(stream.avail_out))
        }
        guard status == Z_OK || status == Z_STREAM_END, output.count + produced <= limit else { return nil }
        output.append(contentsOf: piece[..<produced])
        if status == Z_STREAM_END { return output }
        guard produced > 0 else { return nil }
      }
    }
  }
}
