import Synchronization

/// Captions written from many threads, each to its own place.
final class CaptionSlots: Sendable {
  private let slots: Mutex<[String]>

  init(count: Int) { slots = Mutex(Array(repeating: "", count: count)) }

  func set(_ caption: String, at index: Int) { slots.withLock { $0[index] = caption } }

  var all: [String] { slots.withLock { $0 } }
}
