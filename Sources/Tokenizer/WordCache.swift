import Foundation

/// Remembers the tokens of words met before; emptied when full, so that no input can fill the memory.
///
/// Unchecked: the lock guards all state.
final class WordCache: @unchecked Sendable {
  private static let maximumEntries = 1 << 16
  /// Longer words hardly ever come again.
  private static let maximumByteCount = 64

  private let lock = NSLock()
  private var tokens: [[UInt8]: [Int32]] = [:]

  func tokens(of word: [UInt8], else compute: () -> [Int32]) -> [Int32] {
    guard word.count <= Self.maximumByteCount else { return compute() }
    if let known = lock.withLock({ tokens[word] }) { return known }
    let computed = compute()
    lock.withLock {
      if tokens.count >= Self.maximumEntries { tokens.removeAll(keepingCapacity: true) }
      tokens[word] = computed
    }
    return computed
  }
}
