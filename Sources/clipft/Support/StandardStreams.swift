import Foundation
import Synchronization

/// The three streams every program is given, each of which may be full, closed or left by its reader.
///
/// Standard output holds results: a failure to write them is remembered, the work goes on, and the program says so at
/// its end. Standard error holds words for people: whether they arrive changes nothing.
enum StandardStreams {
  /// The first failure to write standard output, as `errno`; 0 without one.
  private static let outputFailure = Atomic<Int32>(0)

  /// To be called before anything is opened.
  static func prepare() {
    // A reader that has gone, and a limit on file sizes, are errors of one write and not the end of the program.
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    // A file opened by the program must not come to lie where a closed stream was, to be written into as if it were
    // that stream. Opened the wrong way round, the stand-in fails like the closed stream.
    let streams = [(STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDONLY)]
    for (descriptor, mode) in streams where fcntl(descriptor, F_GETFD) == -1 {
      _ = open("/dev/null", mode)
    }
  }

  /// Writes results; after the first failure, nothing.
  static func writeOutput(_ text: String) {
    guard outputFailure.load(ordering: .relaxed) == 0 else { return }
    let failure = write(text, to: STDOUT_FILENO, patience: -1)
    if failure != 0 { outputFailure.store(failure, ordering: .relaxed) }
  }

  /// Writes words for people, if anybody takes them.
  static func writeErrors(_ text: String) { _ = write(text, to: STDERR_FILENO, patience: 1000) }

  /// Why results were lost; nil if all were written. Some file systems tell only when a file is closed.
  static func closeOutput() -> OutputLost? {
    let known = outputFailure.load(ordering: .relaxed)
    if known != 0 { return OutputLost(code: known) }
    guard close(STDOUT_FILENO) != 0, errno != EBADF else { return nil }
    return OutputLost(code: errno)
  }

  /// Everything that standard input holds.
  static func readInput() throws(UnreadableInput) -> Data {
    var data = Data()
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = buffer.withUnsafeMutableBytes { read(STDIN_FILENO, $0.baseAddress, $0.count) }
      if count > 0 {
        data.append(contentsOf: buffer[..<count])
      } else if count == 0 {
        return data
      } else if errno == EAGAIN {
        var ready = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        _ = poll(&ready, 1, -1)
      } else if errno != EINTR {
        throw UnreadableInput(code: errno)
      }
    }
  }

  /// `errno` of what failed, or 0. Waits at most `patience` milliseconds, -1 for ever, for a stream that is busy.
  private static func write(_ text: String, to descriptor: Int32, patience: Int32) -> Int32 {
    var text = text
    return text.withUTF8 { buffer in
      var rest = UnsafeRawBufferPointer(buffer)
      while !rest.isEmpty {
        let count = Foundation.write(descriptor, rest.baseAddress, rest.count)
        if count > 0 {
          rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        } else if count == 0 {
          return EIO
        } else if errno == EAGAIN {
          var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          guard poll(&ready, 1, patience) != 0 else { return EAGAIN }
        } else if errno != EINTR {
          return errno
        }
      }
      return 0
    }
  }
}
