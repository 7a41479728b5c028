import Foundation
import ImageCodec

/// Keeps images of one loader that have been decoded, as far as there is memory; what does not fit is decoded again
/// each time. The memory is given back when the loader ends.
final class PixelCache: @unchecked Sendable {
  private let lock = NSLock()
  private let memory: ImageMemory
  private let leftForOthers: Double
  private var images: [PixelImage?]
  private var bytes = 0

  /// `leaving` is the share of the memory that these images never take.
  init(count: Int, memory: ImageMemory, leaving share: Double) {
    self.memory = memory
    leftForOthers = share
    images = Array(repeating: nil, count: memory.limit > 0 ? count : 0)
  }

  deinit { memory.giveBack(bytes) }

  func image(at index: Int) -> PixelImage? {
    lock.withLock { images.isEmpty ? nil : images[index] }
  }

  func store(_ image: PixelImage, at index: Int) {
    lock.withLock {
      guard !images.isEmpty, images[index] == nil,
        memory.take(image.pixels.count, leaving: leftForOthers)
      else { return }
      bytes += image.pixels.count
      images[index] = image
    }
  }
}
