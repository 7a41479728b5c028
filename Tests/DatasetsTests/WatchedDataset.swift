import Datasets
import Foundation
import ImageCodec

/// Notes which images are read, in order.
final class WatchedDataset: ImageDataset, @unchecked Sendable {
  private let base: any ImageDataset
  private let lock = NSLock()
  private var indices: [Int] = []
  private var now = 0
  private var most = 0
  private let delay: Double

  /// Reading takes `delay` seconds.
  init(_ base: any ImageDataset, delay: Double = 0) {
    self.base = base
    self.delay = delay
  }

  var reads: [Int] { lock.withLock { indices } }
  /// How many were read at the same time, at most.
  var mostAtOnce: Int { lock.withLock { most } }

  var name: String { base.name }
  var role: DatasetRole { base.role }
  var classes: [DatasetClass] { base.classes }
  var count: Int { base.count }
  func label(at index: Int) -> Int { base.label(at: index) }
  func path(at index: Int) -> String { base.path(at: index) }
  func source(at index: Int) -> ImageSource? { base.source(at: index) }

  func bytes(at index: Int) throws(DatasetError) -> Data {
    lock.withLock {
      indices.append(index)
      now += 1
      most = max(most, now)
    }
    defer { lock.withLock { now -= 1 } }
    if delay > 0 { Thread.sleep(forTimeInterval: delay) }
    return try base.bytes(at: index)
  }

  func image(from bytes: Data, at index: Int) throws(DatasetError) -> PixelImage {
    try base.image(from: bytes, at: index)
  }

  /// What was read, once that are `count` images.
  func reads(_ count: Int) async throws -> [Int] {
    for _ in 0..<500 where reads.count < count { try await Task.sleep(for: .milliseconds(10)) }
    return reads
  }
}

extension ImageCaches {
  /// Nothing but so many bytes of memory, which are nobody else's.
  static func memory(_ bytes: Int) -> ImageCaches { ImageCaches(memory: ImageMemory(limit: bytes)) }
}
