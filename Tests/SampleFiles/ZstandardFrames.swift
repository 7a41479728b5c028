import CZstd
import Foundation

/// Makes Zstandard files for tests.
public enum ZstandardFrames {
  /// One frame of raw blocks that states its size, as RFC 8878 lays it out; the size stated may be untrue.
  public static func storing(_ data: Data, declaredSize: UInt32? = nil) -> Data {
    var frame = Data([0x28, 0xB5, 0x2F, 0xFD, 0xA0])
    frame += withUnsafeBytes(of: (declaredSize ?? UInt32(data.count)).littleEndian) { Data($0) }
    var rest = data
    while !rest.isEmpty {
      let block = rest.prefix(60_000)
      rest = rest.dropFirst(block.count)
      let header = UInt32(block.count) << 3 | (rest.isEmpty ? 1 : 0)
      frame += withUnsafeBytes(of: header.littleEndian) { Data($0.prefix(3)) } + block
    }
    return frame
  }

  /// As the reference implementation compresses.
  public static func compressing(_ data: Data) -> Data {
    var output = [UInt8](repeating: 0, count: ZSTD_compressBound(data.count))
    let count = data.withUnsafeBytes { input in
      output.withUnsafeMutableBytes {
        ZSTD_compress($0.baseAddress, $0.count, input.baseAddress, input.count, 3)
      }
    }
    return Data(output.prefix(count))
  }
}
