import Foundation

/// The table of contents of a zip archive (zip64 included), checked: every member lies within the file.
struct ZipDirectory {
  struct Member {
    enum Compression: Equatable {
      case none
      case deflate
      /// A method this program cannot undo, by its number.
      case other(UInt16)
    }

    let path: String
    let compression: Compression
    /// The bytes of the member in the file, compressed or not.
    let range: Range<Int>
    /// Bytes of the contents as the directory declares them.
    let byteCount: Int
    /// CRC-32 of the contents as the directory declares it.
    let checksum: UInt32
  }

  /// In the order of the directory.
  private(set) var members: [Member] = []

  static let signature: [UInt8] = [0x50, 0x4B, 0x03, 0x04]
  private static let mostMembers = 1 << 23
  private static let largestDirectory = 1 << 31

  /// Positions and sizes at the end of the archive.
  private struct Ending {
    var count: UInt64
    var offset: UInt64
    /// Where the directory ends at the latest.
    var position: Int
  }

  /// What the directory says of a member.
  private struct Entry {
    let path: String
    let method: UInt16
    let checksum: UInt32
    let offset: UInt64
    let stored: UInt64
    let size: UInt64
  }

  private let file: String
  /// Bytes of the archive.
  private let size: Int
  private let source: Source

  /// Gives `count` bytes of the archive from `offset` on, which it has.
  typealias Source = (_ offset: Int, _ count: Int) throws(CheckpointError) -> [UInt8]

  init(of bytes: UnsafeRawBufferPointer, file: String) throws(CheckpointError) {
    try self.init(size: bytes.count, file: file) { Array(bytes[$0..<$0 + $1]) }
  }

  /// Reads the directory of an archive of `size` bytes through `source`: its end, the directory, and the header of each
  /// member.
  init(size: Int, file: String, source: @escaping Source) throws(CheckpointError) {
    (self.size, self.file, self.source) = (size, file, source)
    do {
      try read()
    } catch let error as CheckpointError {
      throw error
    } catch {
      throw .malformed(file: file, problem: "the archive's directory is cut off")
    }
  }

  private mutating func read() throws {
    let ending = try ending()
    guard ending.count <= Self.mostMembers, let start = Int(exactly: ending.offset), start <= ending.position
    else {
      throw damaged("the archive's directory lies outside the file")
    }
    guard ending.position - start <= Self.largestDirectory else {
      throw damaged("the archive's directory has \(ending.position - start) bytes")
    }
    var paths: Set<String> = []
    try withReader(at: start, count: ending.position - start) { reader in
      for _ in 0..<ending.count {
        let entry = try entry(&reader)
        guard paths.insert(entry.path).inserted else {
          throw damaged("the archive has '\(entry.path)' twice")
        }
        members.append(try member(entry))
      }
    }
    try checkOverlap()
  }

  /// Hands over a reader of some bytes of the archive; those that it does not have are missing at their end.
  private func withReader<Result>(
    at offset: Int, count: Int, _ body: (inout ByteReader) throws -> Result
  ) throws -> Result {
    try source(offset, min(count, size - offset)).withUnsafeBytes { bytes in
      var reader = ByteReader(bytes)
      return try body(&reader)
    }
  }

  /// Members that share bytes would let a small file stand for any amount of data.
  private func checkOverlap() throws {
    let ordered = members.filter { !$0.range.isEmpty }.sorted { $0.range.lowerBound < $1.range.lowerBound }
    for (first, second) in zip(ordered, ordered.dropFirst())
    where first.range.upperBound > second.range.lowerBound {
      throw damaged("'\(first.path)' and '\(second.path)' in the archive overlap")
    }
  }

  /// The record at the end of the file, or the 64-bit one that it stands in for.
  private func ending() throws -> Ending {
    let (recordSize, locatorSize) = (22, 20)
    let start = max(0, size - recordSize - locatorSize - Int(UInt16.max))
    let (ending, locator): (Ending, Int?) = try withReader(at: start, count: size - start) { tail in
      let bytes = tail.bytes
      guard
        let position = stride(from: bytes.count - recordSize, through: 0, by: -1).first(where: {
          bytes.loadUnaligned(fromByteOffset: $0, as: UInt32.self).littleEndian == 0x0605_4B50
        })
      else { throw damaged("the archive has no directory; it is cut off") }
      var reader = ByteReader(bytes, at: position + 10)
      let count = try reader.number(UInt16.self)
      let directorySize = try reader.number(UInt32.self)
      let offset = try reader.number(UInt32.self)
      let ending = Ending(count: UInt64(count), offset: UInt64(offset), position: start + position)
      guard count == .max || directorySize == .max || offset == .max else { return (ending, nil) }
      guard position >= locatorSize else { throw damaged("the archive's 64-bit directory is missing") }
      var locator = ByteReader(bytes, at: position - locatorSize)
      guard try locator.number(UInt32.self) == 0x0706_4B50 else {
        throw damaged("the archive's 64-bit directory is missing")
      }
      try locator.skip(4)
      guard let place = Int(exactly: try locator.number(UInt64.self)), place <= size else {
        throw damaged("the archive's 64-bit directory lies outside the file")
      }
      return (ending, place)
    }
    guard let locator else { return ending }
    return try withReader(at: locator, count: 56) { large in
      guard try large.number(UInt32.self) == 0x0606_4B50 else {
        throw damaged("the archive's 64-bit directory is missing")
      }
      try large.skip(28)
      let count = try large.number(UInt64.self)
      try large.skip(8)
      return Ending(count: count, offset: try large.number(UInt64.self), position: locator)
    }
  }

  private func entry(_ reader: inout ByteReader) throws -> Entry {
    guard try reader.number(UInt32.self) == 0x0201_4B50 else {
      throw damaged("the archive's directory is damaged")
    }
    try reader.skip(4)
    let flags = try reader.number(UInt16.self)
    let method = try reader.number(UInt16.self)
    try reader.skip(4)
    let checksum = try reader.number(UInt32.self)
    var stored = UInt64(try reader.number(UInt32.self))
    var size = UInt64(try reader.number(UInt32.self))
    let nameLength = try reader.number(UInt16.self)
    let extraLength = try reader.number(UInt16.self)
    let commentLength = try reader.number(UInt16.self)
    try reader.skip(8)
    var offset = UInt64(try reader.number(UInt32.self))
    let path = try reader.text(Int(nameLength))
    var extra = ByteReader(try reader.take(Int(extraLength)))
    while extra.bytesLeft >= 4 {
      let kind = try extra.number(UInt16.self)
      let length = try extra.number(UInt16.self)
      var field = ByteReader(try extra.take(Int(length)))
      guard kind == 1 else { continue }
      if size == UInt32.max { size = try field.number(UInt64.self) }
      if stored == UInt32.max { stored = try field.number(UInt64.self) }
      if offset == UInt32.max { offset = try field.number(UInt64.self) }
    }
    try reader.skip(Int(commentLength))
    guard flags & 1 == 0 else { throw damaged("'\(path)' in the archive is encrypted") }
    return Entry(
      path: path, method: method, checksum: checksum, offset: offset, stored: stored, size: size)
  }

  /// The data lie behind the member's own header, which may be of another length than the directory's entry.
  private func member(_ entry: Entry) throws -> Member {
    guard let offset = Int(exactly: entry.offset), let stored = Int(exactly: entry.stored),
      let byteCount = Int(exactly: entry.size), offset <= size
    else {
      throw damaged("'\(entry.path)' lies outside the archive")
    }
    let start: Int = try withReader(at: offset, count: 30) { reader in
      guard try reader.take(4).elementsEqual(Self.signature) else {
        throw damaged("'\(entry.path)' is not where the archive's directory says")
      }
      try reader.skip(22)
      let nameLength = try reader.number(UInt16.self)
      return offset + 30 + Int(nameLength) + Int(try reader.number(UInt16.self))
    }
    guard start <= size, stored <= size - start else { throw damaged("'\(entry.path)' is cut off") }
    let compression: Member.Compression =
      switch entry.method {
      case 0: .none
      case 8: .deflate
      default: .other(entry.method)
      }
    guard compression != .none || stored == byteCount else {
      throw damaged("'\(entry.path)' is stored in \(stored) bytes but declares \(byteCount)")
    }
    // Deflate cannot shrink data further than this.
    guard byteCount / 1032 <= stored else { throw damaged("'\(entry.path)' declares more than it can hold") }
    return Member(
      path: entry.path, compression: compression, range: start..<start + stored, byteCount: byteCount,
      checksum: entry.checksum)
  }

  private func damaged(_ problem: String) -> CheckpointError { .malformed(file: file, problem: problem) }
}
