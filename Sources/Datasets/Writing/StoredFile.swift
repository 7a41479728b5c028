import Foundation
import ImageCodec

extension ImageDataset {
  /// The decoded image as a PNG file.
  func pngFile(at index: Int) throws(DatasetError) -> Data {
    let image = try image(at: index)
    do {
      return try ImageEncoder.png(image)
    } catch {
      throw .badImage(error)
    }
  }

  /// An image as a file to be written elsewhere: its bytes as they are stored, or a PNG where they are no file; and the suffix
  /// that fits them.
  func storedFile(at index: Int) throws(DatasetError) -> (bytes: Data, suffix: String) {
    let bytes = try file(at: index)
    let suffix = ImageDecoder.suffix(of: path(at: index))
    let isPNG = bytes.starts(with: [0x89, 0x50, 0x4E, 0x47])
    guard !isPNG, ImageDecoder.isImageFile("." + suffix) else { return (bytes, "png") }
    return (bytes, suffix)
  }
}
