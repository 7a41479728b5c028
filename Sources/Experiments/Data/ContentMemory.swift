import Checkpoint
import Datasets
import Foundation
import Synchronization

/// Remembers what files hold, by where they lie and by what the system says of their changes.
package final class ContentMemory: Sendable {
  /// A file as it is now, in 16 bytes of SHA-256.
  package struct Key: Hashable, Sendable {
    private let high, low: UInt64

    init(_ source: ImageSource) {
      let digits = ContentHash.sha256(of: Data(source.text.utf8))
      high = UInt64(digits.prefix(16), radix: 16) ?? 0
      low = UInt64(digits.dropFirst(16).prefix(16), radix: 16) ?? 0
    }
  }

  private let hashes = Mutex<[Key: String]>([:])
  /// Some hundreds of megabytes at most.
  private static let most = 2_000_000

  package init() {}

  /// The SHA-256 of a file, in hexadecimal digits; nil where it was not read, or is remembered no more.
  package subscript(_ key: Key) -> String? {
    get { hashes.withLock { $0[key] } }
    set {
      hashes.withLock { hashes in
        if hashes.count < Self.most || hashes[key] != nil { hashes[key] = newValue }
      }
    }
  }
}
