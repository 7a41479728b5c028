import Foundation

/// The members of a zip archive, found through its directory and read one by one.
package struct ZipArchive: Sendable {
  package struct Member: Sendable {
    /// As the archive states it: not made harmless.
    package let path: String
    /// Bytes of its contents.
    package let byteCount: Int
    fileprivate let entry: ZipDirectory.Member
  }

  package let path: String
  /// In the order of the directory, folders left out.
  package let members: [Member]

  /// Reads the directory of the archive at `path`.
  package init(_ path: String) throws(CheckpointError) {
    self.path = path
    members = try RegularFile.withOpen(path) { (descriptor, size) throws(CheckpointError) in
      try ZipDirectory(size: size, file: path) { (offset, count) throws(CheckpointError) in
        try RegularFile.read(descriptor, offset: offset, count: count, path: path)
      }.members.filter { !$0.path.hasSuffix("/") }.map {
        Member(path: $0.path, byteCount: $0.byteCount, entry: $0)
      }
    }
  }

  /// The contents of a member. Throws where they are damaged, or packed in a way that is not read.
  package func contents(of member: Member) throws(CheckpointError) -> [UInt8] {
    let entry = member.entry
    let stored = try RegularFile.withOpen(path) { (descriptor, size) throws(CheckpointError) in
      guard entry.range.upperBound <= size else { throw .changed(file: path) }
      return try RegularFile.read(
        descriptor, offset: entry.range.lowerBound, count: entry.range.count, path: path)
    }
    let contents: [UInt8]
    switch entry.compression {
    case .none: contents = stored
    case .deflate: contents = try inflated(stored, entry)
    case .other(let method):
      throw damaged(
        "'\(member.path)' is compressed by method \(method), which is not read; unpack the archive, or pack it with deflate"
      )
    }
    guard contents.withUnsafeBytes({ Checksum.crc32($0) }) == entry.checksum else {
      throw damaged("the checksum of '\(member.path)' does not fit its contents")
    }
    return contents
  }

  private func inflated(
    _ stored: [UInt8], _ entry: ZipDirectory.Member
  ) throws(CheckpointError) -> [UInt8] {
    var contents = [UInt8](repeating: 0, count: entry.byteCount)
    let isWhole = stored.withUnsafeBytes { input in
      guard let inflater = Inflater(input, wrapper: .none) else { return false }
      let count = contents.withUnsafeMutableBytes { inflater.read(into: $0) }
      // The end of the data may be marked only behind the last byte.
      var beyond: UInt8 = 0
      return count == entry.byteCount
        && withUnsafeMutableBytes(of: &beyond) { inflater.read(into: $0) } == 0 && inflater.isFinished
    }
    guard isWhole else { throw damaged("the compressed contents of '\(entry.path)' are damaged or cut off") }
    return contents
  }

  private func damaged(_ problem: String) -> CheckpointError { .malformed(file: path, problem: problem) }
}
