import Foundation
import ImageCodec

/// Keeps images that have been decoded, up to a number of bytes; what does not fit is decoded again each time.
final class PixelCache: @unchecked Sendable {
  private let lock = NSLock()
  private var images: [PixelImage?]
  private var bytesLeft: Int

  init(count: Int, byteBudget: Int) {
    images = Array(repeating: nil, count: byteBudget > 0 ? count : 0)
    bytesLeft = byteBudget
  }

  func image(at index: Int) -> PixelImage? {
    lock.withLock { images.isEmpty ? nil : images[index] }
  }

  func store(_ image: PixelImage, at index: Int) {
    lock.withLock {
      guard !images.isEmpty, images[index] == nil, image.pixels.count <= bytesLeft else { return }
      bytesLeft -= image.pixels.count
      images[index] = image
    }
  }
}
