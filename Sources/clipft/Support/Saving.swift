import Synchronization

/// A piece of work that saves when it is asked to stop, from the moment that it has something to save.
final class Saving: Sendable {
  private let isActive = Atomic(false)

  @Sendable func begin() {
    if !isActive.exchange(true, ordering: .relaxed) { Interrupt.beginSaving() }
  }

  func end() {
    if isActive.exchange(false, ordering: .relaxed) { Interrupt.endSaving() }
  }
}
