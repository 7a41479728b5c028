import CZlib
import Foundation

/// Decompresses gzip files (RFC 1952) of any number of members, piece by piece and only so far as is sane.
package enum GzipFile {
  private static let largestResult = 1 << 38
  private static let signature: [UInt8] = [0x1F, 0x8B]
  private static let pieceSize = 1 << 18

  /// Whether a file begins like a gzip file.
  package static func matches(_ prefix: [UInt8]) -> Bool { prefix.starts(with: signature) }

  /// Appends the contents of the file at `path` to `output`. Throws where it is damaged, cut off, or grows by more than
  /// `largestGrowth`.
  package static func decompress(
    _ path: String, into output: NamelessFile, largestGrowth: Int
  ) throws(CheckpointError) {
    try RegularFile.withOpen(path) { (descriptor, byteCount) throws(CheckpointError) in
      // Small files may be mostly header and still be honest.
      let growth = (byteCount + 4096).multipliedReportingOverflow(by: largestGrowth)
      var members = try Members(
        path: path, room: growth.overflow ? largestResult : min(growth.partialValue, largestResult))
      defer { members.close() }
      var position = 0
      while position < byteCount {
        var piece = try RegularFile.read(
          descriptor, offset: position, count: min(pieceSize, byteCount - position), path: path)
        position += piece.count
        try members.decompress(&piece, into: output)
      }
      try members.finish()
    }
  }

  /// The members of one file, on their way from pieces of it to the output.
  private struct Members {
    private let path: String
    /// Bytes that may still come.
    private var room: Int
    /// On the heap, as zlib remembers where it lies.
    private let stream: UnsafeMutablePointer<z_stream>
    private var isBetweenMembers = true
    private var hasMember = false

    init(path: String, room: Int) throws(CheckpointError) {
      self.path = path
      self.room = room
      stream = .allocate(capacity: 1)
      stream.initialize(to: z_stream())
      let size = Int32(MemoryLayout<z_stream>.size)
      guard inflateInit2_(stream, Inflater.Wrapper.gzip.rawValue, ZLIB_VERSION, size) == Z_OK else {
        stream.deallocate()
        throw .unreadable(file: path, reason: "there is no memory to decompress it")
      }
    }

    func close() {
      inflateEnd(stream)
      stream.deallocate()
    }

    mutating func decompress(_ piece: inout [UInt8], into output: NamelessFile) throws(CheckpointError) {
      let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 4 * GzipFile.pieceSize)
      defer { buffer.deallocate() }
      var left = piece.count
      var produced = 0
      // A full buffer may leave more behind.
      while left > 0 || produced == buffer.count {
        produced = 0
        // gzip itself passes over zeros that pad a file.
        if isBetweenMembers, hasMember, piece[piece.count - left] == 0 {
          left -= 1
          continue
        }
        let start = piece.count - left
        var status = Z_OK
        produced = piece.withUnsafeMutableBufferPointer { input in
          stream.pointee.next_in = input.baseAddress.map { $0 + start }
          stream.pointee.avail_in = UInt32(left)
          stream.pointee.next_out = buffer.baseAddress
          stream.pointee.avail_out = UInt32(buffer.count)
          status = inflate(stream, Z_NO_FLUSH)
          left = Int(stream.pointee.avail_in)
          return buffer.count - Int(stream.pointee.avail_out)
        }
        guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
          throw damaged("its gzip data are damaged")
        }
        guard produced <= room else { throw damaged("it grows too much when decompressed") }
        room -= produced
        try output.append(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<produced]))
        isBetweenMembers = status == Z_STREAM_END
        hasMember = true
        if isBetweenMembers { inflateReset(stream) }
      }
    }

    func finish() throws(CheckpointError) {
      guard isBetweenMembers, hasMember else { throw damaged("its compressed data end too soon") }
    }

    private func damaged(_ problem: String) -> CheckpointError { .malformed(file: path, problem: problem) }
  }
}
