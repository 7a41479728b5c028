import Checkpoint
import Foundation

/// Random access to the bytes of shards: plain ones where they lie, compressed ones unpacked once into a temporary
/// file that has no name and goes with the process.
final class ShardStorage: Sendable {
  /// One shard as a tar archive.
  struct Archive: Sendable {
    let path: String
    let size: Int
    /// Where it begins in the temporary file; nil for a plain shard.
    fileprivate let unpackedAt: Int?
  }

  /// Compressed images hardly shrink; what grows by more than this is no honest shard.
  static let largestGrowth = 512

  let archives: [Archive]
  private let unpacked: NamelessFile?

  init(shards: [String]) throws(DatasetError) {
    var archives: [Archive] = []
    var unpacked: NamelessFile?
    for shard in shards {
      if shard.lowercased().hasSuffix(".zst") {
        let (start, end, file) = try Self.unpack(shard, into: unpacked)
        unpacked = file
        archives.append(Archive(path: shard, size: end - start, unpackedAt: start))
      } else {
        let size = try FileReading.withOpenFile(shard) { (_, size) in size }
        archives.append(Archive(path: shard, size: size, unpackedAt: nil))
      }
    }
    self.archives = archives
    self.unpacked = unpacked
  }

  /// The index of one archive, read through one open file.
  func index(_ archive: Archive) throws(DatasetError) -> TarIndex {
    if archive.unpackedAt != nil {
      return try TarIndex(archive: archive.path, size: archive.size) { (offset, count) throws(DatasetError) in
        try read(archive, offset: offset, count: count)
      }
    }
    return try FileReading.withOpenFile(archive.path) { (descriptor, size) throws(DatasetError) in
      try TarIndex(archive: archive.path, size: size) { (offset, count) throws(DatasetError) in
        try FileReading.read(descriptor, offset: offset, count: count, path: archive.path)
      }
    }
  }

  /// `count` bytes of an archive, from `offset` on.
  func read(_ archive: Archive, offset: Int, count: Int) throws(DatasetError) -> Data {
    guard let start = archive.unpackedAt, let unpacked else {
      return try FileReading.contents(of: archive.path, offset: offset, count: count)
    }
    return try FileReading.read(unpacked.descriptor, offset: start + offset, count: count, path: archive.path)
  }

  /// Appends a shard to the temporary file, which is made if there is none; gives where the shard begins and ends in it.
  private static func unpack(
    _ shard: String, into existing: NamelessFile?
  ) throws(DatasetError) -> (start: Int, end: Int, file: NamelessFile) {
    do {
      let file = if let existing { existing } else { try NamelessFile() }
      let start = file.byteCount
      try Zstandard.decompress(shard, into: file, largestGrowth: largestGrowth)
      return (start, file.byteCount, file)
    } catch {
      throw DatasetError(error)
    }
  }
}

extension DatasetError {
  /// What keeps a shard from being decompressed.
  fileprivate init(_ error: CheckpointError) {
    switch error {
    case .malformed(let file, let problem):
      self = .badArchive(file: file, problem: problem + "; copy it again")
    case .unreadable(let file, let reason):
      self = .unreadable(
        path: file, reason: reason + "; check its permissions and that it is a regular file")
    case .cannotCreate(let file, let reason), .writeFailed(let file, let reason):
      self = .cannotWrite(path: file, reason: "a shard cannot be decompressed there (\(reason))")
    case .notFound(let file):
      self = .notFound(what: "shard", path: file, advice: "check the pattern and the data root")
    case .changed(let file):
      self = .unreadable(
        path: file, reason: "it was changed while it was read; run again when whatever writes it is done")
    case .notFetched(let file):
      self = .unreadable(path: file, reason: "it is a pointer that git left; run `git lfs pull` there")
    case .notWeights, .badTensor, .missingTensor, .unmappable: self = .badRequest(error.description)
    }
  }
}
