import Foundation

/// What an image is made from: a file as it is now, and what of it. Images of equal sources have equal pixels.
public struct ImageSource: Sendable, Equatable {
  /// Path from the root on.
  public let file: String
  /// What of the file, and what is done to it.
  private var part: String
  private let size: Int
  private let inode: UInt64
  private let modified: Time
  /// Set by the system whenever the file or what is known of it changes; no program can set it.
  private let changed: Time

  private struct Time: Equatable {
    let seconds: Int
    let nanoseconds: Int

    init(_ time: timespec) { (seconds, nanoseconds) = (Int(time.tv_sec), Int(time.tv_nsec)) }
  }

  /// Nil if there is no such regular file, or it cannot be seen: reading it says why. `part` tells apart what is made
  /// from one file.
  init?(file: String, part: String = "") {
    var status = stat()
    guard stat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    self.file = file.absolutePath
    self.part = part
    size = Int(status.st_size)
    inode = UInt64(status.st_ino)
    modified = Time(status.st_mtim)
    changed = Time(status.st_ctim)
  }

  /// The same, with something more done to it.
  func with(_ part: String) -> ImageSource {
    var source = self
    source.part += self.part.isEmpty ? part : ", " + part
    return source
  }

  /// Whether a change of the file from now on would show: file systems count time in steps, and a file that is written
  /// twice within one looks the same.
  var isSettled: Bool {
    var now = timespec()
    guard clock_gettime(CLOCK_REALTIME, &now) == 0 else { return false }
    let age =
      Double(Int(now.tv_sec) - changed.seconds) + Double(Int(now.tv_nsec) - changed.nanoseconds) * 1e-9
    // Some keep whole seconds, or every other one; the others follow the system's clock, in steps of 10 ms at most.
    return age > (changed.nanoseconds == 0 ? 3 : 0.1)
  }

  /// All of it as text.
  package var text: String {
    "\(size) \(inode) \(modified.seconds).\(modified.nanoseconds) \(changed.seconds).\(changed.nanoseconds) \(part)\n\(file)"
  }
}

/// A file of which something is remembered as long as a dataset lives: what it unpacks to, or what lies where in it.
struct RememberedFile: Sendable {
  private let source: ImageSource?

  /// To be made before the file is read.
  init(_ file: String) {
    let source = ImageSource(file: file)
    self.source = source?.isSettled ?? false ? source : nil
  }

  /// What it is; nil where it is no more what it was, so that what is remembered may be that of no file any more.
  var unchanged: ImageSource? {
    source.flatMap { ImageSource(file: $0.file) == $0 ? $0 : nil }
  }
}
