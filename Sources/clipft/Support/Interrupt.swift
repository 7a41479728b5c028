import Foundation
import Synchronization

/// Ctrl-C as a request: the first asks long work to save and stop, the second ends the program at once.
enum Interrupt {
  private static let requests = Atomic<Int>(0)

  static var isRequested: Bool { requests.load(ordering: .relaxed) > 0 }

  static func install() {
    for number in [SIGINT, SIGTERM] {
      signal(number) { _ in
        if Interrupt.requests.add(1, ordering: .relaxed).newValue > 1 { _exit(130) }
      }
    }
  }
}
