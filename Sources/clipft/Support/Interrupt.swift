import Foundation
import Synchronization

/// Ctrl-C as a request: the first asks long work to save and stop, the second ends the program at once.
///
/// Signals are blocked on every thread but one, which waits for them: oneDNN's generated code uses the stack pointer for
/// other things, and a handler that ran on a computing thread would write its frame into the heap.
enum Interrupt {
  private static let requests = Atomic<Int>(0)

  static var isRequested: Bool { requests.load(ordering: .relaxed) > 0 }

  /// To be called before threads for computing exist: they take over what their maker blocks.
  static func install() {
    var awaited = sigset_t()
    sigemptyset(&awaited)
    sigaddset(&awaited, SIGINT)
    sigaddset(&awaited, SIGTERM)
    pthread_sigmask(SIG_BLOCK, &awaited, nil)
    Thread.detachNewThread { [awaited] in
      var (awaited, number) = (awaited, Int32(0))
      while sigwait(&awaited, &number) == 0 {
        if Interrupt.requests.add(1, ordering: .relaxed).newValue > 1 { _exit(130) }
      }
    }
  }
}
