import Foundation

/// The table of contents of a zip archive (zip64 included): the members that are stored as they are, as PyTorch stores data.
struct ZipDirectory {
  /// Ranges of the members' bytes in the file, by path.
  private(set) var members: [String: Range<Int>] = [:]

  static let signature: [UInt8] = [0x50, 0x4B, 0x03, 0x04]
  private static let mostMembers = 1_000_000

  /// Positions and sizes at the end of the archive.
  private struct Ending {
    var count: UInt64
    var size: UInt64
    var offset: UInt64
  }

  private struct Member {
    let path: String
    let offset: UInt64
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
    for _ in 0..<ending.count {
      let member = try member(&reader)
      guard let member else { continue }
      let range = try data(of: member)
      guard members.updateValue(range, forKey: member.path) == nil else {
        throw damaged("the archive has '\(member.path)' twice")
      }
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

  /// The next entry; nil for one that is compressed, as only source code is.
  private func member(_ reader: inout ByteReader) throws -> Member? {
    guard try reader.number(UInt32.self) == 0x0201_4B50 else {
      throw damaged("the archive's directory is damaged")
    }
    try reader.skip(4)
    let flags = try reader.number(UInt16.self)
    let method = try reader.number(UInt16.self)
    try reader.skip(8)
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
    guard method == 0, stored == size else { return nil }
    return Member(path: path, offset: offset, size: size)
  }

  /// Behind the member's own header, which may be of another length than the directory's entry.
  private func data(of member: Member) throws -> Range<Int> {
    guard let offset = Int(exactly: member.offset), let size = Int(exactly: member.size),
      offset <= bytes.count
    else {
      throw damaged("'\(member.path)' lies outside the archive")
    }
    var reader = ByteReader(bytes, at: offset)
    guard try reader.take(4).elementsEqual(Self.signature) else {
      throw damaged("'\(member.path)' is not where the archive's directory says")
    }
    try reader.skip(22)
    let nameLength = try reader.number(UInt16.self)
    let extraLength = try reader.number(UInt16.self)
    try reader.skip(Int(nameLength) + Int(extraLength))
    guard size <= reader.bytesLeft else { throw damaged("'\(member.path)' is cut off") }
    return reader.position..<reader.position + size
  }

  private func damaged(_ problem: String) -> CheckpointError { .malformed(file: file, problem: problem) }
}
