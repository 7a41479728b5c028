import CKernels
import Foundation

/// A caching allocator: freed blocks are kept by size class, so that a training step allocates nothing new.
///
/// Size classes are the quarters between powers of two (waste at most 25%); blocks of a class are interchangeable.
public final class StoragePool: @unchecked Sendable {
  public static let shared = StoragePool()
  static let alignment = 64

  private let lock = NSLock()
  private var free: [Int: [UnsafeMutableRawPointer]] = [:]
  private var cachedBytes = 0
  private var usedBytes = 0
  private var peakBytes = 0

  /// Bytes held by live tensors, cached for reuse, and the most ever live at once.
  public struct Statistics: Sendable {
    public let live: Int
    public let cached: Int
    public let peak: Int
  }

  public var statistics: Statistics {
    lock.withLock { Statistics(live: usedBytes, cached: cachedBytes, peak: peakBytes) }
  }

  /// Gives every cached block back to the system.
  public func trim() {
    let blocks = lock.withLock {
      defer {
        free = [:]
        cachedBytes = 0
      }
      return free.values.flatMap { $0 }
    }
    for block in blocks { block.deallocate() }
    ck_release_memory()
  }

  func take(_ byteCount: Int) -> (pointer: UnsafeMutableRawPointer, capacity: Int) {
    let capacity = Self.sizeClass(byteCount)
    let cached: UnsafeMutableRawPointer? = lock.withLock {
      usedBytes += capacity
      peakBytes = max(peakBytes, usedBytes)
      guard let block = free[capacity]?.popLast() else { return nil }
      cachedBytes -= capacity
      return block
    }
    return (cached ?? .allocate(byteCount: capacity, alignment: Self.alignment), capacity)
  }

  func give(back pointer: UnsafeMutableRawPointer, capacity: Int) {
    lock.withLock {
      usedBytes -= capacity
      cachedBytes += capacity
      free[capacity, default: []].append(pointer)
    }
  }

  static func sizeClass(_ byteCount: Int) -> Int {
    let wanted = max(byteCount, 256)
    let quarter = max(64, (1 << (Int.bitWidth - 1 - wanted.leadingZeroBitCount)) / 4)
    return (wanted + quarter - 1) / quarter * quarter
  }
}
