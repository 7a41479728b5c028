import CZstd
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
  private let unpacked: TemporaryFile?

  init(shards: [String]) throws(DatasetError) {
    var archives: [Archive] = []
    var unpacked: TemporaryFile?
    for shard in shards {
      if shard.lowercased().hasSuffix(".zst") {
        let file = if let unpacked { unpacked } else { try TemporaryFile() }
        unpacked = file
        let start = file.size
        try Self.unpack(shard, into: file)
        archives.append(Archive(path: shard, size: file.size - start, unpackedAt: start))
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

  private static func unpack(_ shard: String, into file: TemporaryFile) throws(DatasetError) {
    func damaged(_ problem: String) -> DatasetError { .badArchive(file: shard, problem: problem) }
    guard let context = ZSTD_createDCtx() else { throw damaged("there is no memory to decompress it") }
    defer { ZSTD_freeDCtx(context) }
    try FileReading.withOpenFile(shard) { (descriptor, size) throws(DatasetError) in
      let start = file.size
      var output = [UInt8](repeating: 0, count: ZSTD_DStreamOutSize())
      var position = 0
      var frameIsOpen = true
      while position < size {
        let count = min(ZSTD_DStreamInSize(), size - position)
        let input = [UInt8](try FileReading.read(descriptor, offset: position, count: count, path: shard))
        position += count
        var consumed = 0
        var mayHaveMore = true
        while consumed < count || mayHaveMore {
          let step = decompress(context, input, from: consumed, into: &output)
          if let problem = step.problem { throw damaged("it is not a whole Zstandard file (\(problem))") }
          let stalled = step.consumed == consumed && step.produced == 0
          consumed = step.consumed
          frameIsOpen = step.frameIsOpen
          guard (file.size - start + step.produced) / largestGrowth <= size + 4096 else {
            throw damaged("it grows too much when decompressed")
          }
          try file.append(output[..<step.produced])
          mayHaveMore = step.produced == output.count
          if stalled { break }
        }
      }
      guard !frameIsOpen else { throw damaged("its compressed data end too soon; copy it again") }
    }
  }

  private static func decompress(
    _ context: OpaquePointer, _ input: [UInt8], from start: Int, into output: inout [UInt8]
  ) -> (consumed: Int, produced: Int, frameIsOpen: Bool, problem: String?) {
    input.withUnsafeBytes { input in
      output.withUnsafeMutableBytes { output in
        var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: start)
        var sink = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
        let result = ZSTD_decompressStream(context, &sink, &source)
        let problem = ZSTD_isError(result) == 0 ? nil : String(cString: ZSTD_getErrorName(result))
        return (source.pos, sink.pos, result != 0, problem)
      }
    }
  }
}

/// A growing file without a name, gone when its last owner goes.
private final class TemporaryFile: @unchecked Sendable {
  let descriptor: Int32
  /// Bytes written so far; grows only while the storage is being made.
  private(set) var size = 0

  init() throws(DatasetError) {
    let folder = FileManager.default.temporaryDirectory.path
    var template = Array((folder + "/clipft-shards-XXXXXX").utf8CString)
    descriptor = template.withUnsafeMutableBufferPointer { $0.baseAddress.map { mkstemp($0) } ?? -1 }
    guard descriptor >= 0 else {
      throw .cannotWrite(
        path: folder, reason: "shards cannot be decompressed there (\(FileReading.systemReason()))")
    }
    _ = unlink(template)
  }

  deinit { close(descriptor) }

  func append(_ bytes: ArraySlice<UInt8>) throws(DatasetError) {
    var written = 0
    while written < bytes.count {
      let result = bytes.withUnsafeBytes { buffer in
        buffer.baseAddress.map { pwrite(descriptor, $0 + written, buffer.count - written, off_t(size)) } ?? -1
      }
      if result < 0, errno == EINTR { continue }
      guard result > 0 else {
        throw .cannotWrite(
          path: FileManager.default.temporaryDirectory.path,
          reason:
            "a shard cannot be decompressed there (\(FileReading.systemReason())); make room or set TMPDIR")
      }
      written += result
      size += result
    }
  }
}
