import Foundation

/// The records event files consist of: a length, the data, and a checksum of each.
enum EventRecords {
  /// What an existing file holds.
  enum Content: Equatable {
    /// Whole records up to this length in bytes, after which comes nothing or the start of a record that was
    /// never finished.
    case records(length: UInt64)
    /// Something that is not, or not only, records.
    case damaged
  }

  /// `data` as a record.
  static func framed(_ data: [UInt8]) -> [UInt8] {
    var record: [UInt8] = []
    record.reserveCapacity(data.count + 16)
    record.append(littleEndian: UInt64(data.count))
    record.append(littleEndian: CRC32C.of(record).masked)
    record += data
    record.append(littleEndian: CRC32C.of(data).masked)
    return record
  }

  /// Checks the records of `file` from its beginning.
  static func content(of file: FileHandle) throws -> Content {
    let size = try file.seekToEnd()
    var offset: UInt64 = 0
    while offset < size {
      let rest = size - offset
      try file.seek(toOffset: offset)
      guard let header = try file.read(upToCount: 12), header.count == 12 else {
        return .records(length: offset)
      }
      guard CRC32C.of(header.prefix(8)).masked == integer(header.suffix(4)) else { return .damaged }
      let length: UInt64 = integer(header.prefix(8))
      guard rest >= 16, length <= rest - 16 else { return .records(length: offset) }
      var checksum = CRC32C()
      var left = length
      while left > 0 {
        guard let part = try file.read(upToCount: Int(min(left, 1 << 20))), !part.isEmpty else {
          return .records(length: offset)
        }
        checksum.update(part)
        left -= UInt64(part.count)
      }
      guard let footer = try file.read(upToCount: 4), footer.count == 4, integer(footer) == checksum.masked
      else {
        return .damaged
      }
      offset += length + 16
    }
    return .records(length: offset)
  }

  private static func integer<Value: FixedWidthInteger>(_ bytes: Data) -> Value {
    bytes.reversed().reduce(0) { $0 << 8 | Value($1) }
  }
}
