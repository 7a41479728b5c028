import Foundation

/// Reads whole files and parts of files, refusing whatever is not a regular file.
enum FileReading {
  /// Reads a file of at most `limit` bytes.
  static func contents(of path: String, limit: Int) throws(DatasetError) -> Data {
    try withOpenFile(path) { (descriptor, size) throws(DatasetError) in
      guard size <= limit else {
        throw .unreadable(
          path: path,
          reason: "it has \(size) bytes, more than the \(limit) allowed here; check that it is the right file"
        )
      }
      return try read(descriptor, offset: 0, count: size, path: path)
    }
  }

  /// Reads `count` bytes from `offset` on; the file must have them.
  static func contents(of path: String, offset: Int, count: Int) throws(DatasetError) -> Data {
    try withOpenFile(path) { (descriptor, size) throws(DatasetError) in
      guard offset >= 0, count >= 0, count <= size, offset <= size - count else {
        throw .unreadable(
          path: path,
          reason: "it has become shorter since it was opened; run again when whatever writes it is done")
      }
      return try read(descriptor, offset: offset, count: count, path: path)
    }
  }

  /// Opens a regular file for reading and hands over its descriptor and size in bytes.
  static func withOpenFile<Result>(
    _ path: String, _ body: (_ descriptor: Int32, _ size: Int) throws(DatasetError) -> Result
  ) throws(DatasetError) -> Result {
    // Without O_NONBLOCK, opening a pipe would wait for ever.
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT || errno == ENOTDIR {
        throw .notFound(what: "file", path: path, advice: "check the path and the data root")
      }
      throw unreadable(path)
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw unreadable(path) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw .unreadable(path: path, reason: "it is not a regular file; name one that is")
    }
    return try body(descriptor, Int(status.st_size))
  }

  /// Reads exactly `count` bytes at `offset` of an open file.
  static func read(
    _ descriptor: Int32, offset: Int, count: Int, path: String
  ) throws(DatasetError) -> Data {
    guard count > 0 else { return Data() }
    var data = Data(count: count)
    var failure: DatasetError?
    data.withUnsafeMutableBytes { buffer in
      var done = 0
      while done < count, let base = buffer.baseAddress {
        let got = pread(descriptor, base + done, count - done, off_t(offset + done))
        if got < 0, errno == EINTR { continue }
        if got <= 0 {
          failure =
            got == 0
            ? .unreadable(path: path, reason: "it ends too soon; run again when whatever writes it is done")
            : unreadable(path)
          return
        }
        done += got
      }
    }
    if let failure { throw failure }
    return data
  }

  /// What the system says of its last failure, which was to read a file or folder, and what to do.
  static func unreadable(_ path: String) -> DatasetError {
    let code = errno
    let advice =
      switch code {
      case EACCES, EPERM: "check its permissions, and those of the folders it lies in"
      case EMFILE, ENFILE: "raise the number of files that may be open (ulimit -n)"
      default: "check the disk it lies on"
      }
    return .unreadable(path: path, reason: "\(String(cString: strerror(code))); \(advice)")
  }
}
