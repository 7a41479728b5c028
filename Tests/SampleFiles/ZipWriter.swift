import CZlib
import Foundation

/// Writes zip archives, well-formed or not as a test wants them.
public struct ZipWriter {
  private var bytes = Data()
  private var directory = Data()
  private var count: UInt16 = 0

  public init() {}

  /// Adds a member. What its headers declare may be untrue: `method`, `declaredSize`, `checksum`, and `offset`, where it
  /// is said to begin.
  public mutating func add(
    _ path: String, _ contents: Data, deflated: Bool = false, method: UInt16? = nil, declaredSize: Int? = nil,
    checksum: UInt32? = nil, offset: Int? = nil
  ) {
    let stored = deflated ? Self.deflate(contents) : contents
    let sum = contents.withUnsafeBytes {
      crc32(0, $0.bindMemory(to: UInt8.self).baseAddress, UInt32($0.count))
    }
    let name = Data(path.utf8)
    let common =
      Self.number(UInt16(20)) + Self.number(UInt16(0)) + Self.number(method ?? (deflated ? 8 : 0))
      + Self.number(UInt32(0)) + Self.number(checksum ?? UInt32(sum)) + Self.number(UInt32(stored.count))
      + Self.number(UInt32(declaredSize ?? contents.count)) + Self.number(UInt16(name.count))
      + Self.number(UInt16(0))
    directory += Self.number(UInt32(0x0201_4B50)) + Self.number(UInt16(20)) + common + Data(count: 10)
    directory += Self.number(UInt32(offset ?? bytes.count)) + name
    bytes += Self.number(UInt32(0x0403_4B50)) + common + name + stored
    count += 1
  }

  /// The archive with its directory.
  public var finished: Data {
    bytes + directory + Self.number(UInt32(0x0605_4B50)) + Data(count: 4) + Self.number(count)
      + Self.number(count) + Self.number(UInt32(directory.count)) + Self.number(UInt32(bytes.count))
      + Data(count: 2)
  }

  /// An archive of stored members with one more at its end.
  public static func appending(_ path: String, _ contents: Data, to archive: Data) -> Data {
    let end = archive.count - 22
    func field(_ offset: Int) -> Int {
      (0..<4).reduce(0) { $0 | Int(archive[archive.startIndex + end + offset + $1]) << (8 * $1) }
    }
    let (size, start) = (field(12), field(16))
    var writer = ZipWriter()
    writer.bytes = archive.prefix(start)
    writer.directory = archive.dropFirst(start).prefix(size)
    writer.count = UInt16(field(8) & 0xFFFF)
    writer.add(path, contents)
    return writer.finished
  }

  private static func number(_ value: some FixedWidthInteger) -> Data {
    withUnsafeBytes(of: value.littleEndian) { Data($0) }
  }

  /// A zlib stream without its header of two bytes and its checksum of four.
  private static func deflate(_ data: Data) -> Data {
    var count = compressBound(UInt(data.count))
    var output = [UInt8](repeating: 0, count: Int(count))
    _ = data.withUnsafeBytes { input in
      compress(&output, &count, input.bindMemory(to: UInt8.self).baseAddress, UInt(data.count))
    }
    return Data(output[2..<Int(count) - 4])
  }
}
