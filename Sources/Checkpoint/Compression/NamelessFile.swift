import Foundation

/// A growing temporary file without a name, gone when its last owner and the last mapping of it go, even if the
/// process is killed.
package final class NamelessFile: Sendable {
  /// For reading at positions.
  package let descriptor: Int32
  private let folder: String

  package init() throws(CheckpointError) {
    folder = FileManager.default.temporaryDirectory.path
    var template = Array((folder + "/clipft-XXXXXX").utf8CString)
    descriptor = template.withUnsafeMutableBufferPointer {
      $0.baseAddress.map { mkstemp($0) } ?? -1
    }
    guard descriptor >= 0 else {
      throw .cannotCreate(file: folder, reason: "files are decompressed there, \(systemReason()); set TMPDIR")
    }
    _ = unlink(template)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
  }

  deinit { close(descriptor) }

  /// Bytes written so far.
  package var byteCount: Int {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
  }

  /// Throws, before any is written, unless the disk has room for so many bytes more.
  func reserve(_ count: UInt64, for path: String) throws(CheckpointError) {
    var status = statvfs()
    guard fstatvfs(descriptor, &status) == 0 else { return }
    let (free, overflows) = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
    guard overflows || count <= free else {
      throw .writeFailed(
        file: folder,
        reason:
          "\(path) is decompressed there and needs \(count) bytes, \(free) are free; make room or set TMPDIR")
    }
  }

  func append(_ bytes: UnsafeRawBufferPointer) throws(CheckpointError) {
    try AtomicFileOutput(descriptor: descriptor, path: folder).append(bytes)
  }
}
