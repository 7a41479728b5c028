import Datasets
import Foundation
import ImageCodec
import TestSupport

/// Small images whose every pixel has one grey value, so that a batch shows which image it holds.
enum SampleImages {
  static func png(grey: UInt8, width: Int = 6, height: Int = 6) throws -> Data {
    try ImageEncoder.png(image(grey: grey, width: width, height: height))
  }

  static func image(grey: UInt8, width: Int = 6, height: Int = 6) -> PixelImage {
    PixelImage(width: width, height: height, pixels: Array(repeating: grey, count: width * height * 3))
  }

  /// `count` images, of which image i has grey value i and label i mod `classes`.
  static func dataset(count: Int, classes: Int = 3) throws -> InMemoryDataset {
    try InMemoryDataset(
      name: "greys", role: .target,
      classes: (0..<classes).map { DatasetClass(id: "c\($0)", name: "class \($0)") },
      items: (0..<count).map {
        InMemoryDataset.Item(path: "\($0).png", label: $0 % classes, bytes: try png(grey: UInt8($0 % 256)))
      })
  }

  /// Passes grey values through: normalised value × 255 is the grey value.
  static let plain = Preprocessing(
    size: 4, resizeMode: .shortest, interpolation: .bicubic, mean: [0, 0, 0], std: [1, 1, 1])
}

extension Batch {
  /// The grey value of each image.
  var greys: [Int] {
    let pixels = images.array
    let size = pixels.count / max(1, count)
    return (0..<count).map { Int((pixels[$0 * size] * 255).rounded()) }
  }
}

extension TemporaryFolder {
  /// Writes one grey PNG at a path below the folder.
  func image(_ path: String, grey: UInt8 = 0) throws { try file(at: path, SampleImages.png(grey: grey)) }

  /// Writes a file at a path below the folder, making the folders it needs.
  func file(at path: String, _ bytes: Data) throws {
    let target = url.appendingPathComponent(path)
    try FileManager.default.createDirectory(
      at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
    try bytes.write(to: target)
  }

  func file(at path: String, _ text: String) throws { try file(at: path, Data(text.utf8)) }

  func path(_ name: String = "") -> String { name.isEmpty ? url.path : url.path + "/" + name }
}
