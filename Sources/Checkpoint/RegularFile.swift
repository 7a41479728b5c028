import Foundation

/// Opens files for reading, refusing whatever is not a regular file.
enum RegularFile {
  /// A descriptor, which the caller closes.
  static func open(_ path: String) throws(CheckpointError) -> Int32 {
    // Without O_NONBLOCK, opening a pipe would wait for a writer before its type can be checked.
    let descriptor = Foundation.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      if errno == ENOENT || errno == ENOTDIR { throw .notFound(file: path) }
      throw .unreadable(file: path, reason: systemReason())
    }
    return descriptor
  }

  /// Hands over the descriptor and the size in bytes; the descriptor is closed afterwards. Throws if the file was changed
  /// meanwhile.
  static func withOpen<Result>(
    _ path: String, _ body: (_ descriptor: Int32, _ byteCount: Int) throws(CheckpointError) -> Result
  ) throws(CheckpointError) -> Result {
    let descriptor = try open(path)
    defer { close(descriptor) }
    let state = try FileState(of: descriptor, path: path)
    let result: Result
    do throws(CheckpointError) {
      result = try body(descriptor, state.byteCount)
    } catch {
      // What looks damaged may only be half of what it will be.
      try state.expectUnchanged(descriptor, path: path)
      throw error
    }
    try state.expectUnchanged(descriptor, path: path)
    return result
  }

  /// Exactly `count` bytes from `offset` on, which the file must have.
  static func read(
    _ descriptor: Int32, offset: Int, count: Int, path: String
  ) throws(CheckpointError) -> [UInt8] {
    var failure: CheckpointError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count, let base = buffer.baseAddress {
        let got = pread(descriptor, base + filled, count - filled, off_t(offset + filled))
        if got < 0, errno == EINTR { continue }
        guard got > 0 else {
          failure = got == 0 ? .changed(file: path) : .unreadable(file: path, reason: systemReason())
          return
        }
        filled += got
      }
    }
    if let failure { throw failure }
    return bytes
  }
}

/// Size and time of the last change of a regular file: what tells that it was written to.
public struct FileState: Equatable, Sendable {
  let byteCount: Int
  private let inode: UInt64
  private let seconds: Int
  private let nanoseconds: Int

  /// Of the file at a path as it is now.
  public init(_ url: URL) throws(CheckpointError) {
    let descriptor = try RegularFile.open(url.path)
    defer { close(descriptor) }
    try self.init(of: descriptor, path: url.path)
  }

  init(of descriptor: Int32, path: String) throws(CheckpointError) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .unreadable(file: path, reason: systemReason()) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw .unreadable(file: path, reason: "it is not a regular file")
    }
    byteCount = Int(status.st_size)
    inode = UInt64(status.st_ino)
    #if canImport(Darwin)
      (seconds, nanoseconds) = (status.st_mtimespec.tv_sec, status.st_mtimespec.tv_nsec)
    #else
      (seconds, nanoseconds) = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
    #endif
  }

  func expectUnchanged(_ descriptor: Int32, path: String) throws(CheckpointError) {
    guard try FileState(of: descriptor, path: path) == self else { throw .changed(file: path) }
  }
}
