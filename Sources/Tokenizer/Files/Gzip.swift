import Checkpoint
import Foundation

/// Decompresses gzip files in memory.
enum Gzip {
  static func matches(_ bytes: Data) -> Bool { bytes.starts(with: [0x1F, 0x8B]) }

  /// The contents, or nil if the data are damaged, incomplete or decompress to more than `limit` bytes.
  static func decompressed(_ compressed: Data, limit: Int) -> Data? {
    compressed.withUnsafeBytes { input in
      guard let inflater = Inflater(input, wrapper: .gzip) else { return nil }
      var piece = [UInt8](repeating: 0, count: 1 << 18)
      var output = Data()
      while !inflater.isFinished {
        guard let count = piece.withUnsafeMutableBytes({ inflater.read(into: $0) }),
          output.count + count <= limit
        else { return nil }
        output.append(contentsOf: piece[..<count])
      }
      return output
    }
  }
}
