import Foundation

/// A regular file that is open for reading and, where the system allows it, for writing; closed when it is no longer used.
final class OpenFile: Sendable {
  let path: String
  let descriptor: Int32
  let isWritable: Bool

  /// Opens a file, or makes it. No link is followed: whoever can write to the folder could have another file written to.
  init(_ path: String) throws(DatasetError) {
    let flags = O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW
    var descriptor = open(path, O_RDWR | O_CREAT | flags, 0o666)
    var isWritable = true
    if descriptor < 0, [EACCES, EPERM, EROFS].contains(errno) {
      descriptor = open(path, O_RDONLY | flags)
      isWritable = false
    }
    guard descriptor >= 0 else {
      // Not to be opened for writing, and not there.
      let code = errno == ENOENT && !isWritable ? EACCES : errno
      throw .cannotWrite(
        path: path,
        reason: "it cannot be made (\(String(cString: strerror(code)))); name a folder that can be written to"
      )
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw .cannotWrite(path: path, reason: "it is not a regular file; remove it, or name another folder")
    }
    (self.path, self.descriptor, self.isWritable) = (path, descriptor, isWritable)
  }

  deinit { close(descriptor) }

  /// Bytes it has now; nil if that cannot be told.
  var size: Int? {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? Int(status.st_size) : nil
  }

  /// Fills the buffer; false if the file does not have as much, or cannot be read.
  func read(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> Bool {
    var done = 0
    while done < buffer.count, let start = buffer.baseAddress {
      let got = pread(descriptor, start + done, buffer.count - done, off_t(offset + done))
      if got < 0, errno == EINTR { continue }
      guard got > 0 else { return false }
      done += got
    }
    return true
  }

  /// Writes all bytes; what the system says of it if it cannot.
  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> String? {
    var done = 0
    while done < bytes.count, let start = bytes.baseAddress {
      let put = pwrite(descriptor, start + done, bytes.count - done, off_t(offset + done))
      if put < 0, errno == EINTR { continue }
      guard put > 0 else { return String(cString: strerror(put == 0 ? ENOSPC : errno)) }
      done += put
    }
    return nil
  }

  /// Cuts off what lies behind. Where that fails, what stays has no use and does no harm.
  func truncate(to size: Int) { _ = ftruncate(descriptor, off_t(size)) }

  enum LockOutcome {
    case locked
    /// Another process has it.
    case busy
    case failed(String)
  }

  /// Locks the file against other processes that do so; waits 20 ms at most.
  func lock() -> LockOutcome {
    for _ in 0..<20 {
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return .locked }
      switch errno {
      case EINTR: continue
      case EWOULDBLOCK: usleep(1000)
      default: return .failed(String(cString: strerror(errno)))
      }
    }
    return .busy
  }

  func unlock() { _ = flock(descriptor, LOCK_UN) }
}
