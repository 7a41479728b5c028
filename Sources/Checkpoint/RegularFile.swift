import Foundation

/// Opens files for reading, refusing whatever is not a regular file.
enum RegularFile {
  /// Hands over the descriptor and the size in bytes; the descriptor is closed afterwards.
  static func withOpen<Result>(
    _ path: String, _ body: (_ descriptor: Int32, _ byteCount: Int) throws(CheckpointError) -> Result
  ) throws(CheckpointError) -> Result {
    // Without O_NONBLOCK, opening a pipe would wait for a writer before its type can be checked.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      if errno == ENOENT || errno == ENOTDIR { throw .notFound(file: path) }
      throw .unreadable(file: path, reason: systemReason())
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .unreadable(file: path, reason: systemReason()) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw .unreadable(file: path, reason: "it is not a regular file")
    }
    return try body(descriptor, Int(status.st_size))
  }
}
