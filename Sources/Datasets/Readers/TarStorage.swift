import Checkpoint
import Foundation

/// Random access to the bytes of tar archives: plain ones where they lie, compressed ones (gzip, Zstandard) unpacked once into
/// a temporary file that has no name and goes with the process.
final class TarStorage: Sendable {
  /// One of them.
  struct Archive: Sendable {
    let path: String
    let size: Int
    /// Where it begins in the temporary file; nil for a plain one.
    fileprivate let unpackedAt: Int?
    /// What was unpacked; nil for a plain one.
    fileprivate let unpackedFrom: RememberedFile?
  }

  /// Compressed images hardly shrink; what grows by more than this is no honest archive.
  static let largestGrowth = 512

  let archives: [Archive]
  private let unpacked: NamelessFile?

  init(shards: [String]) throws(DatasetError) {
    var archives: [Archive] = []
    var unpacked: NamelessFile?
    for shard in shards {
      if let packing = try Packing(of: shard) {
        let source = RememberedFile(shard)
        let (start, end, file) = try Self.unpack(shard, packing, into: unpacked)
        unpacked = file
        archives.append(
          Archive(path: shard, size: end - start, unpackedAt: start, unpackedFrom: source))
      } else {
        let size = try FileReading.withOpenFile(shard) { (_, size) in size }
        archives.append(Archive(path: shard, size: size, unpackedAt: nil, unpackedFrom: nil))
      }
    }
    self.archives = archives
    self.unpacked = unpacked
  }

  /// Gives exactly the bytes asked for.
  typealias Reader = (_ offset: Int, _ count: Int) throws(DatasetError) -> Data

  /// Hands over what reads an archive through one open file.
  func reading<Result>(
    _ archive: Archive, _ body: (Reader) throws(DatasetError) -> Result
  ) throws(DatasetError) -> Result {
    if archive.unpackedAt != nil {
      return try body { (offset, count) throws(DatasetError) in
        try read(archive, offset: offset, count: count)
      }
    }
    return try FileReading.withOpenFile(archive.path) { (descriptor, _) throws(DatasetError) in
      try body { (offset, count) throws(DatasetError) in
        try FileReading.read(descriptor, offset: offset, count: count, path: archive.path)
      }
    }
  }

  /// What the bytes of an archive are: those of its file as it is now, or as it was when it was unpacked, unless that has
  /// changed.
  func source(_ archive: Archive) -> ImageSource? {
    guard let file = archive.unpackedFrom else { return ImageSource(file: archive.path) }
    return file.unchanged?.with("unpacked")
  }

  /// `count` bytes of an archive, from `offset` on.
  func read(_ archive: Archive, offset: Int, count: Int) throws(DatasetError) -> Data {
    guard let start = archive.unpackedAt, let unpacked else {
      return try FileReading.contents(of: archive.path, offset: offset, count: count)
    }
    return try FileReading.read(unpacked.descriptor, offset: start + offset, count: count, path: archive.path)
  }

  /// What a whole archive is compressed with.
  private enum Packing {
    case gzip, zstandard

    /// By the first bytes of a file, whatever its name; nil for one that is not compressed.
    init?(of path: String) throws(DatasetError) {
      let start = try FileReading.withOpenFile(path) { (descriptor, size) throws(DatasetError) in
        [UInt8](try FileReading.read(descriptor, offset: 0, count: min(6, size), path: path))
      }
      if GzipFile.matches(start) {
        self = .gzip
      } else if Zstandard.matches(start) {
        self = .zstandard
      } else if start.starts(with: "BZh".utf8) || start.starts(with: [0xFD, 0x37, 0x7A, 0x58, 0x5A]) {
        throw .badArchive(
          file: path,
          problem:
            "it is compressed with \(start[0] == 0xFD ? "xz" : "bzip2"), which is not read; unpack it, or use gzip or zstd"
        )
      } else {
        return nil
      }
    }
  }

  /// Appends a shard to the temporary file, which is made if there is none; gives where the shard begins and ends in it.
  private static func unpack(
    _ shard: String, _ packing: Packing, into existing: NamelessFile?
  ) throws(DatasetError) -> (start: Int, end: Int, file: NamelessFile) {
    do {
      let file = if let existing { existing } else { try NamelessFile() }
      let start = file.byteCount
      switch packing {
      case .gzip: try GzipFile.decompress(shard, into: file, largestGrowth: largestGrowth)
      case .zstandard: try Zstandard.decompress(shard, into: file, largestGrowth: largestGrowth)
      }
      return (start, file.byteCount, file)
    } catch {
      throw DatasetError(error)
    }
  }
}
