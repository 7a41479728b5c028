import Foundation
import TensorCore

/// A regular file opened for reading; what is read is copied into memory of this program's own.
///
/// Nothing is mapped: a file that another program writes over would change numbers already loaded, and one cut short would
/// end the process. After every read the file must still be the one that was opened, else it is an error.
public struct SourceFile: Sendable {
  /// What the file is called in errors, and where what lies beside it is looked for.
  public let url: URL
  public let byteCount: Int
  private let file: OpenFile

  /// Opens a file as it is. It must not be empty, nor stand for another that was never fetched.
  public init(_ url: URL) throws(CheckpointError) {
    try self.init(url, OpenFile(url.path))
    try refusePointers()
  }

  /// Opens a file of tensors; a Zstandard file is decompressed first, into a temporary file without a name.
  public init(decompressing url: URL) throws(CheckpointError) {
    let plain = try SourceFile(url)
    guard Zstandard.matches(try plain.prefix(Zstandard.signatureLength)) else {
      self = plain
      return
    }
    let unpacked = try NamelessFile()
    try Zstandard.decompress(url.path, into: unpacked)
    try self.init(url, OpenFile(unpacked, path: url.path))
  }

  private init(_ url: URL, _ file: OpenFile) throws(CheckpointError) {
    self.url = url
    self.file = file
    byteCount = file.byteCount
    guard byteCount > 0 else { throw .malformed(file: url.path, problem: "the file is empty") }
  }

  /// Some bytes, which must lie within the file.
  func read(_ range: Range<Int>) throws(CheckpointError) -> Storage {
    // Not from the pool, which would keep what is only read to be converted.
    let storage = Storage(
      adopting: .allocate(byteCount: max(1, range.count), alignment: 64), byteCount: range.count
    ) { $0.deallocate() }
    try file.read(
      UnsafeMutableRawBufferPointer(start: storage.pointer, count: range.count), at: range.lowerBound)
    return storage
  }

  /// The first bytes, as many as there are of so many.
  func prefix(_ length: Int) throws(CheckpointError) -> [UInt8] {
    let count = min(length, byteCount)
    let storage = try read(0..<count)
    return withExtendedLifetime(storage) {
      Array(UnsafeRawBufferPointer(start: storage.pointer, count: count))
    }
  }

  /// The whole file, in memory that is given back to the system when its last user goes.
  func contents() throws(CheckpointError) -> Storage {
    let byteCount = byteCount
    let address = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let address, address != MAP_FAILED else {
      throw .unreadable(file: url.path, reason: systemReason())
    }
    let storage = Storage(adopting: address, byteCount: byteCount) { munmap($0, byteCount) }
    try file.read(UnsafeMutableRawBufferPointer(start: address, count: byteCount), at: 0)
    return storage
  }

  /// Git's large-file storage leaves a few lines of text where the file should be.
  private func refusePointers() throws(CheckpointError) {
    guard try prefix(64).starts(with: "version https://git-lfs.github.com/spec/".utf8) else { return }
    throw .notFetched(file: url.path)
  }
}

extension Storage {
  /// All bytes, valid while the storage is alive.
  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: pointer, count: byteCount) }
}

/// An open descriptor, and how the file was when it was opened.
private final class OpenFile: Sendable {
  let byteCount: Int
  private let descriptor: Int32
  private let path: String
  /// Nil for a temporary file that nobody else can reach.
  private let state: FileState?
  private let temporary: NamelessFile?

  init(_ path: String) throws(CheckpointError) {
    self.path = path
    descriptor = try RegularFile.open(path)
    temporary = nil
    do throws(CheckpointError) {
      let state = try FileState(of: descriptor, path: path)
      self.state = state
      byteCount = state.byteCount
    } catch {
      close(descriptor)
      throw error
    }
  }

  init(_ temporary: NamelessFile, path: String) {
    self.path = path
    self.temporary = temporary
    descriptor = temporary.descriptor
    byteCount = temporary.byteCount
    state = nil
  }

  deinit {
    if temporary == nil { close(descriptor) }
  }

  func read(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(CheckpointError) {
    var done = 0
    while done < buffer.count {
      let count = pread(
        descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done, off_t(offset + done))
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .unreadable(file: path, reason: systemReason()) }
      // The file ends before the size it had.
      guard count > 0 else { throw .changed(file: path) }
      done += count
    }
    if let state { try state.expectUnchanged(descriptor, path: path) }
  }
}
