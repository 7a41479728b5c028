import Foundation

extension ImageDataset {
  /// Asks the system to forget the contents of the files of all images, so that the next reader finds none in memory.
  public func leaveSystemCache() {
    for file in Set((0..<count).compactMap { source(at: $0)?.file }) {
      let descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
      guard descriptor >= 0 else { continue }
      SystemCache.forget(descriptor)
      close(descriptor)
    }
  }
}

/// What the system keeps of files in memory.
enum SystemCache {
  static func forget(_ descriptor: Int32) {
    // What was not written yet cannot be forgotten.
    _ = fdatasync(descriptor)
    _ = posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
  }
}
