import Foundation
import ImageCodec

/// The images of another dataset without their outermost pixels, where these are no part of the picture.
struct BorderCroppedDataset: ImageDataset {
  let base: any ImageDataset
  /// Pixels cut off each side.
  let border: Int

  var name: String { base.name }
  var role: DatasetRole { base.role }
  var classes: [DatasetClass] { base.classes }
  var count: Int { base.count }
  var leftOut: [String: Int] { base.leftOut }
  var groups: ImageGroups? { base.groups }
  func label(at index: Int) -> Int { base.label(at: index) }
  func path(at index: Int) -> String { base.path(at: index) }
  func location(at index: Int) -> String { base.location(at: index) }
  func bytes(at index: Int) throws(DatasetError) -> Data { try base.bytes(at: index) }
  func source(at index: Int) -> ImageSource? { base.source(at: index)?.with("without \(border)") }

  func file(at index: Int) throws(DatasetError) -> Data { try pngFile(at: index) }

  func image(from bytes: Data, at index: Int) throws(DatasetError) -> PixelImage {
    let image = try base.image(from: bytes, at: index)
    let width = image.width - 2 * border
    let height = image.height - 2 * border
    guard border > 0 else { return image }
    guard width > 0, height > 0 else {
      throw .badRequest(
        "\(location(at: index)) has \(image.width) × \(image.height) pixels, of which the crop_border of \(border) of dataset "
          + "\(name) leaves none; correct the manifest")
    }
    var pixels: [UInt8] = []
    pixels.reserveCapacity(width * height * 3)
    for row in border..<border + height {
      let start = (row * image.width + border) * 3
      pixels += image.pixels[start..<start + width * 3]
    }
    return PixelImage(width: width, height: height, pixels: pixels)
  }
}
