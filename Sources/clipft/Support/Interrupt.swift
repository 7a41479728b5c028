import Checkpoint
import Foundation
import Synchronization

/// Ctrl-C, SIGTERM and SIGHUP as a request to stop. Where there is something to save, long work is asked to save and stop;
/// everywhere else the program ends at once, removing what it had under temporary names and giving back its locks. A second
/// signal ends the program at once anyway.
///
/// Signals are blocked on every thread but one, which waits for them: oneDNN's generated code uses the stack pointer for
/// other things, and a handler that ran on a computing thread would write its frame into the heap.
enum Interrupt {
  private struct State {
    var requests = 0
    var savers = 0
    /// Seconds after the first signal in which others are taken for the same.
    var grace: TimeInterval = 0
    var first = Date.distantFuture
    var hint = "Stopped; nothing was saved. The same command starts again."
  }

  private static let state = Mutex(State())
  private static let isInstalled = Atomic(false)

  static var isRequested: Bool { state.withLock { $0.requests > 0 } }

  /// What is said when the program ends at once: what was saved, and how to continue.
  static func say(whenStopped hint: String) { state.withLock { $0.hint = hint } }

  /// From here until `endSaving`, whoever works looks at `isRequested` and saves.
  static func beginSaving() { state.withLock { $0.savers += 1 } }

  static func endSaving() { state.withLock { $0.savers = max(0, $0.savers - 1) } }

  /// Ends the program if it was asked to stop after work that saves looked for the last time.
  static func endIfRequested() { if isRequested { end() } }

  /// Has signals that follow the first within so many seconds taken for it: a worker may be told by several at once.
  static func mergeRepeats(within seconds: TimeInterval) { state.withLock { $0.grace = seconds } }

  /// To be called before threads for computing exist: they take over what their maker blocks.
  static func install() {
    guard !isInstalled.exchange(true, ordering: .relaxed) else { return }
    // Writing more than a limit allows, or to nobody, is an error of the write, not the end of the program.
    signal(SIGXFSZ, SIG_IGN)
    signal(SIGPIPE, SIG_IGN)
    var awaited = sigset_t()
    sigemptyset(&awaited)
    sigaddset(&awaited, SIGINT)
    sigaddset(&awaited, SIGTERM)
    // A blocked signal is delivered even where it is ignored, as `nohup` has it.
    if !isIgnored(SIGHUP) { sigaddset(&awaited, SIGHUP) }
    pthread_sigmask(SIG_BLOCK, &awaited, nil)
    Thread.detachNewThread { [awaited] in
      var (awaited, number) = (awaited, Int32(0))
      while sigwait(&awaited, &number) == 0 { receive() }
    }
  }

  private static func receive() {
    let endsNow = state.withLock { state in
      let now = Date()
      if state.requests > 0, now.timeIntervalSince(state.first) < state.grace { return false }
      if state.requests == 0 { state.first = now }
      state.requests += 1
      return state.requests > 1 || state.savers == 0
    }
    if endsNow { end() }
  }

  /// Ends the program with what it has saved.
  private static func end() -> Never {
    let isFirst = state.withLock { $0.requests <= 1 }
    TemporaryFiles.abandonAll()
    if Terminal.isInteractive { Terminal.endLine() }
    if isFirst { Terminal.say(state.withLock { $0.hint }) }
    _exit(130)
  }

  private static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    guard sigaction(number, nil, &action) == 0 else { return false }
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
      == unsafeBitCast(SIG_IGN, to: Int.self)
  }
}
