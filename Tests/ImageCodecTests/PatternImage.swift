import Foundation
import ImageCodec
import TensorCore
import TestSupport

/// The image that the fixture script calls `pattern`: every byte value, fine and coarse structure.
func pattern(_ width: Int, _ height: Int) -> PixelImage {
  var pixels: [UInt8] = []
  for y in 0..<height {
    for x in 0..<width {
      for c in 0..<3 {
        pixels.append(UInt8(truncatingIfNeeded: (x * 31 + y * 17 + x * y * (c + 3)) ^ (x << c)))
      }
    }
  }
  return PixelImage(width: width, height: height, pixels: pixels)
}

/// The image in a [height, width, 3] tensor.
func image(_ tensor: Tensor) -> PixelImage {
  PixelImage(
    width: tensor.shape[1], height: tensor.shape[0],
    pixels: withExtendedLifetime(tensor) { Array(tensor.bytes) })
}

/// The fixture files, by name.
func imageFiles() throws -> [(name: String, bytes: Data)] {
  let folder = try Fixture.url("files", bundle: .module)
  return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map {
    ($0, try Data(contentsOf: folder.appendingPathComponent($0)))
  }
}

/// Where and how much two images differ, for a message; nil if they are equal.
func difference(_ actual: PixelImage, _ expected: PixelImage) -> String? {
  guard actual != expected else { return nil }
  guard actual.width == expected.width, actual.height == expected.height else {
    return "\(actual.width) × \(actual.height) pixels, expected \(expected.width) × \(expected.height)"
  }
  let wrong = actual.pixels.indices.filter { actual.pixels[$0] != expected.pixels[$0] }
  let first = wrong[0]
  let (a, e) = (actual.pixels[first], expected.pixels[first])
  return """
    \(wrong.count) of \(actual.pixels.count) values differ, the first at x \(first / 3 % actual.width), \
    y \(first / 3 / actual.width), channel \(first % 3): \(a), expected \(e)
    """
}
