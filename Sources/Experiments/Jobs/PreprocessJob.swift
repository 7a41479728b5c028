import Checkpoint
import Datasets
import Foundation
import ImageCodec
import TensorCore
import Training

/// The exact pixels a model sees.
public struct PreprocessJob: Sendable {
  public let images: any ImageDataset
  public let preprocessing: Preprocessing

  public init(images: any ImageDataset, preprocessing: Preprocessing) {
    self.images = images
    self.preprocessing = preprocessing
  }

  /// `pixels_u8` [images, 3, size, size] after resizing and cropping, and `pixels`, the same normalised, with the
  /// paths as metadata. Throws at the first image that cannot be read, and where the result would not fit in memory.
  public func execute() throws(DatasetError) -> StateDict {
    let side = preprocessing.size
    let perImage = 3 * side * side
    let needed = Double(images.count) * Double(perImage) * 5
    guard needed < Double(UsableMemory.bytes) else {
      throw .badRequest(
        "\(images.count) images of \(side) × \(side) pixels need \(Int(needed / 1e9)) GB, more than this process may use; "
          + "give fewer at a time")
    }
    let shape = [images.count, 3, side, side]
    let bytes = Tensor(uninitialized: shape, dtype: .u8)
    let normalized = Tensor(uninitialized: shape)
    nonisolated(unsafe) let bytePlanes = bytes.mutableBytes
    nonisolated(unsafe) let floatPlanes = normalized.mutableFloats
    try parallelForEach(count: images.count) { (index) throws(DatasetError) in
      let seen = preprocessing.pixels(of: try images.image(at: index))
      guard let floats = floatPlanes.baseAddress else { return }
      preprocessing.normalize(seen, into: floats + index * perImage)
      Self.separatePlanes(
        seen.pixels, into: UnsafeMutableRawBufferPointer(rebasing: bytePlanes[(index * perImage)...]))
    }
    var state: StateDict = ["pixels_u8": bytes, "pixels": normalized]
    state.metadata["paths"] = JSONFormat.line(images.paths)
    return state
  }

  /// [height, width, 3] → [3, height, width]
  private static func separatePlanes(_ pixels: [UInt8], into planes: UnsafeMutableRawBufferPointer) {
    let plane = pixels.count / 3
    pixels.withUnsafeBufferPointer { source in
      for channel in 0..<3 {
        for index in 0..<plane { planes[channel * plane + index] = source[3 * index + channel] }
      }
    }
  }
}
