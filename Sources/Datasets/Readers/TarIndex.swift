import Foundation

/// The regular files of a tar archive (ustar, pax, GNU), by position: nothing is unpacked.
struct TarIndex {
  struct Member {
    /// Path in the archive, made harmless: relative, without "..", without control characters.
    let path: String
    /// Where its contents begin and how many bytes they have.
    let offset: Int
    let size: Int
  }

  static let blockSize = 512
  /// Longest path or extended header, in bytes, and most members.
  static let largestHeader = 1 << 20
  static let mostMembers = 1 << 24

  let members: [Member]
  /// Paths of symbolic and hard links, which have no contents of their own.
  let links: [String]

  /// Walks the headers of `archive` through `read`, which returns exactly the bytes asked for.
  init(
    archive: String, size: Int, read: (_ offset: Int, _ count: Int) throws(DatasetError) -> Data
  ) throws(DatasetError) {
    func damaged(_ problem: String) -> DatasetError { .badArchive(file: archive, problem: problem) }
    var members: [Member] = []
    var links: [String] = []
    var isEnded = false
    var position = 0
    var longName: String?
    var extendedSize: Int?
    while position < size {
      guard size - position >= Self.blockSize else { throw damaged("it ends within a header; copy it again") }
      let header = [UInt8](try read(position, Self.blockSize))
      if header.allSatisfy({ $0 == 0 }) {
        try Self.requireEnd(at: position, size: size, archive: archive, read: read)
        isEnded = true
        break
      }
      guard Self.checksumHolds(header) else {
        throw damaged("the header at byte \(position) is damaged, or this is no tar file")
      }
      position += Self.blockSize
      let kind = header[156]
      let isFile = kind == UInt8(ascii: "0") || kind == 0 || kind == UInt8(ascii: "7")
      let isNote = "xgLK".utf8.contains(kind)
      // Links, devices, folders, pipes, and the label of a volume.
      guard isFile || isNote || "123456V".utf8.contains(kind) else {
        throw damaged(
          "the member at byte \(position - Self.blockSize) is of kind '\(UnicodeScalar(kind))' (sparse, or split over "
            + "archives), which is not read; pack plain files with tar --format=ustar")
      }
      guard let declared = Self.number(header[124..<136]) else {
        throw damaged("the size in the header at byte \(position - Self.blockSize) is not readable")
      }
      // Links and folders carry no contents, whatever size they state.
      let length = isFile ? extendedSize ?? declared : isNote ? declared : 0
      guard length >= 0, length <= size - position else {
        throw damaged("it ends within a member; copy it again")
      }
      if isNote {
        guard length <= Self.largestHeader else { throw damaged("an extended header has \(length) bytes") }
        let note = [UInt8](try read(position, length))
        switch kind {
        case UInt8(ascii: "L"): longName = String(decoding: note.prefix { $0 != 0 }, as: UTF8.self)
        case UInt8(ascii: "x"):
          guard let records = Self.records(note) else { throw damaged("an extended header is not readable") }
          for (key, value) in records {
            guard !key.hasPrefix("GNU.sparse.") else {
              throw damaged("it holds sparse files, which are not read; pack them without tar's --sparse")
            }
            if key == "path" { longName = value }
            if key == "size" {
              guard let number = Int(value), number >= 0 else { throw damaged("a size is not readable") }
              extendedSize = number
            }
          }
        default: break
        }
      } else {
        let path = Self.harmless(longName ?? Self.name(header))
        guard members.count + links.count < Self.mostMembers else { throw damaged("it has too many members") }
        if isFile {
          members.append(Member(path: path, offset: position, size: length))
        } else if "12".utf8.contains(kind) {
          links.append(path)
        }
        longName = nil
        extendedSize = nil
      }
      let padded = (length + Self.blockSize - 1) / Self.blockSize * Self.blockSize
      guard padded <= size - position else { break }
      position += padded
    }
    guard isEnded else {
      throw damaged("it has no end mark, so it has been cut off and members may be missing; copy it again")
    }
    guard longName == nil, extendedSize == nil else {
      throw damaged("its last member is missing; copy it again")
    }
    self.members = members
    self.links = links
  }

  /// Throws unless nothing but zeros, two blocks of them at least, follows: an archive that is cut between members looks
  /// whole otherwise, and of two that were joined, the second would be passed over.
  private static func requireEnd(
    at start: Int, size: Int, archive: String,
    read: (_ offset: Int, _ count: Int) throws(DatasetError) -> Data
  ) throws(DatasetError) {
    guard size - start >= 2 * blockSize else {
      throw .badArchive(file: archive, problem: "its end mark is cut off; copy it again")
    }
    var position = start
    while position < size {
      let count = min(1 << 20, size - position)
      guard try read(position, count).allSatisfy({ $0 == 0 }) else {
        throw .badArchive(
          file: archive,
          problem:
            "there are data behind its end mark, as when archives are joined; name the parts one by one, as in "
            + "wds:x-{0..1}.tar")
      }
      position += count
    }
  }

  /// Prefix and name of an ustar header.
  private static func name(_ header: [UInt8]) -> String {
    func text(_ range: Range<Int>) -> String {
      String(decoding: header[range].prefix { $0 != 0 }, as: UTF8.self)
    }
    // GNU archives use the prefix field for other things.
    let isUstar = header[257..<263].elementsEqual("ustar\0".utf8)
    let prefix = isUstar ? text(345..<500) : ""
    return prefix.isEmpty ? text(0..<100) : prefix + "/" + text(0..<100)
  }

  /// An octal field, or GNU's big-endian binary one.
  private static func number(_ field: ArraySlice<UInt8>) -> Int? {
    if let first = field.first, first & 0x80 != 0 {
      var value = first & 0x40 == 0 ? Int(first & 0x3F) : -1
      for byte in field.dropFirst() {
        guard value >= 0, value <= Int.max >> 8 else { return nil }
        value = value << 8 | Int(byte)
      }
      return value
    }
    var value = 0
    for byte in field.drop(while: { $0 == UInt8(ascii: " ") }) {
      if byte == 0 || byte == UInt8(ascii: " ") { break }
      guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "7"), value <= Int.max >> 3 else { return nil }
      value = value << 3 | Int(byte - UInt8(ascii: "0"))
    }
    return value
  }

  /// Whether the sum of the header's bytes, its own field taken as spaces, is the one it states.
  private static func checksumHolds(_ header: [UInt8]) -> Bool {
    var sum = 0
    for (index, byte) in header.enumerated() { sum += (148..<156).contains(index) ? 32 : Int(byte) }
    return number(header[148..<156]) == sum
  }

  /// The "length key=value" records of a pax header; nil if they are malformed.
  private static func records(_ note: [UInt8]) -> [(key: String, value: String)]? {
    var records: [(key: String, value: String)] = []
    var rest = note[...]
    while let space = rest.firstIndex(of: UInt8(ascii: " ")),
      let length = Int(String(decoding: rest[..<space], as: UTF8.self)),
      length > space - rest.startIndex + 1, length <= rest.count
    {
      let record = rest[(space + 1)..<(rest.startIndex + length - 1)]
      if let equals = record.firstIndex(of: UInt8(ascii: "=")) {
        records.append(
          (
            String(decoding: record[..<equals], as: UTF8.self),
            String(decoding: record[(equals + 1)...], as: UTF8.self)
          ))
      }
      rest = rest[(rest.startIndex + length)...]
    }
    return rest.allSatisfy { $0 == 0 } ? records : nil
  }

  private static func harmless(_ path: String) -> String {
    path.split(separator: "/").filter { $0 != "." && $0 != ".." }.joined(separator: "/")
      .unicodeScalars.map { $0.properties.generalCategory == .control ? "_" : String($0) }.joined()
  }
}
