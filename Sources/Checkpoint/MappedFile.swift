import Foundation
import TensorCore

/// A regular file mapped copy-on-write into memory: reading pages in what is touched, writing never reaches
/// the file.
enum MappedFile {
  /// The whole file; unmapped when the last tensor over it goes. The file must not be empty.
  static func map(_ url: URL) throws(CheckpointError) -> Storage {
    let path = url.path
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
    guard let byteCount = Int(exactly: status.st_size), byteCount > 0 else {
      throw .malformed(file: path, problem: "the file is empty")
    }
    let address = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE, descriptor, 0)
    guard let address, address != MAP_FAILED else {
      throw .unreadable(file: path, reason: systemReason())
    }
    return Storage(adopting: address, byteCount: byteCount) { munmap($0, byteCount) }
  }
}
