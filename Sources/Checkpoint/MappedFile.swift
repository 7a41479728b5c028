import Foundation
import TensorCore

/// A regular file mapped copy-on-write into memory: reading pages in what is touched, writing never reaches
/// the file.
public struct MappedFile: Sendable {
  /// What the file is called in errors, and where what lies beside it is looked for.
  public let url: URL
  /// The whole file; unmapped when the last tensor over it goes.
  let storage: Storage

  /// The bytes, valid while the storage is alive.
  var bytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: storage.pointer, count: storage.byteCount)
  }

  /// Maps a file as it is. It must not be empty.
  public init(_ url: URL) throws(CheckpointError) {
    self.url = url
    storage = try RegularFile.withOpen(url.path) { (descriptor, byteCount) throws(CheckpointError) in
      try Self.map(descriptor, byteCount: byteCount, path: url.path)
    }
  }

  /// Maps a file of tensors; a Zstandard file is decompressed first, into a temporary file without a name.
  public init(decompressing url: URL) throws(CheckpointError) {
    let plain = try MappedFile(url)
    guard Zstandard.matches(plain.bytes) else {
      self = plain
      return
    }
    let unpacked = try NamelessFile()
    try Zstandard.decompress(url.path, into: unpacked)
    self.url = url
    storage = try Self.map(unpacked.descriptor, byteCount: unpacked.byteCount, path: url.path)
  }

  private static func map(
    _ descriptor: Int32, byteCount: Int, path: String
  ) throws(CheckpointError) -> Storage {
    guard byteCount > 0 else { throw .malformed(file: path, problem: "the file is empty") }
    let address = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE, descriptor, 0)
    guard let address, address != MAP_FAILED else {
      throw .unreadable(file: path, reason: systemReason())
    }
    return Storage(adopting: address, byteCount: byteCount) { munmap($0, byteCount) }
  }
}
