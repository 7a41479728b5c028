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
  private static let mostMembers = 1_000_000

  /// Positions and sizes at the end of the archive.
  private struct Ending {
    var count: UInt64
    var size: UInt64
    var offset: UInt64
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

  private let bytes: UnsafeRawBufferPointer
  private let file: String

  init(of bytes: UnsafeRawBufferPointer, file: String) throws(CheckpointError) {
    self.bytes = bytes
    self.file = file
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
    guard ending.count <= Self.mostMembers, let start = Int(exactly: ending.offset), start <= bytes.count
    else {
      throw damaged("the archive's directory lies outside the file")
    }
    var reader = ByteReader(bytes, at: start)
    var paths: Set<String> = []
    for _ in 0..<ending.count {
      let entry = try entry(&reader)
      guard paths.insert(entry.path).inserted else { throw damaged("the archive has '\(entry.path)' twice") }
      members.append(try member(entry))
    }
    try checkOverlap()
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
    let size = 22
    let furthest = max(0, bytes.count - size - Int(UInt16.max))
    var position = bytes.count - size
    while position >= furthest {
      if bytes[position] == 0x50,
        bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self).littleEndian == 0x0605_4B50
      {
        break
      }
      position -= 1
    }
    guard position >= furthest, position >= 0 else {
      throw damaged("the archive has no directory; it is cut off")
    }
    var reader = ByteReader(bytes, at: position + 10)
    let count = try reader.number(UInt16.self)
    let directorySize = try reader.number(UInt32.self)
    let offset = try reader.number(UInt32.self)
    guard count == .max || directorySize == .max || offset == .max else {
      return Ending(count: UInt64(count), size: UInt64(directorySize), offset: UInt64(offset))
    }
    guard position >= 20 else { throw damaged("the archive's 64-bit directory is missing") }
    var locator = ByteReader(bytes, at: position - 20)
    guard try locator.number(UInt32.self) == 0x0706_4B50 else {
      throw damaged("the archive's 64-bit directory is missing")
    }
    try locator.skip(4)
    guard let place = Int(exactly: try locator.number(UInt64.self)), place <= bytes.count else {
      throw damaged("the archive's 64-bit directory lies outside the file")
    }
    var large = ByteReader(bytes, at: place)
    guard try large.number(UInt32.self) == 0x0606_4B50 else {
      throw damaged("the archive's 64-bit directory is missing")
    }
    try large.skip(28)
    return Ending(
      count: try large.number(UInt64.self), size: try large.number(UInt64.self),
      offset: try large.number(UInt64.self))
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
      let size = Int(exactly: entry.size), offset <= bytes.count
    else {
      throw damaged("'\(entry.path)' lies outside the archive")
    }
    var reader = ByteReader(bytes, at: offset)
    guard try reader.take(4).elementsEqual(Self.signature) else {
      throw damaged("'\(entry.path)' is not where the archive's directory says")
    }
    try reader.skip(22)
    let nameLength = try reader.number(UInt16.self)
    let extraLength = try reader.number(UInt16.self)
    try reader.skip(Int(nameLength) + Int(extraLength))
    guard stored <= reader.bytesLeft else { throw damaged("'\(entry.path)' is cut off") }
    let compression: Member.Compression =
      switch entry.method {
      case 0: .none
      case 8: .deflate
      default: .other(entry.method)
      }
    guard compression != .none || stored == size else {
      throw damaged("'\(entry.path)' is stored in \(stored) bytes but declares \(size)")
    }
    // Deflate cannot shrink data further than this.
    guard size / 1032 <= stored else { throw damaged("'\(entry.path)' declares more than it can hold") }
    return Member(
      path: entry.path, compression: compression, range: reader.position..<reader.position + stored,
      byteCount: size, checksum: entry.checksum)
  }

  private func damaged(_ problem: String) -> CheckpointError { .malformed(file: file, problem: problem) }
}
