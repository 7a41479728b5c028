import Checkpoint
import Foundation
import ImageCodec

/// Images of an array of NumPy, [N, height, width, 3] bytes, with labels [N].
struct ArrayDataset: ImageDataset {
  let name: String
  let role: DatasetRole
  let classes: [DatasetClass]
  private let images: NpyFile
  /// The array's row of the first image.
  private let start: Int
  private let height: Int
  private let width: Int
  private let labelsByImage: [Int32]

  /// Takes some rows of both arrays, or all.
  init(
    images: NpyFile, labels: NpyFile, rows: Range<Int>?, name: String, role: DatasetRole,
    classes: [DatasetClass]?
  ) throws(DatasetError) {
    func problem(_ file: NpyFile, _ words: String) -> DatasetError {
      .badArchive(file: file.path, problem: words)
    }
    let shape = images.shape
    guard shape.count == 4, shape[3] == 3, images.holdsBytes, shape[1] > 0, shape[2] > 0,
      shape[1] <= PixelImage.largestSide, shape[2] <= PixelImage.largestSide
    else {
      throw problem(
        images, "its shape is \(shape), or it does not hold bytes: expected [N, height, width, 3] of uint8")
    }
    guard labels.shape.count == 1 else {
      throw problem(labels, "its shape is \(labels.shape), not that of a list of labels")
    }
    guard labels.shape[0] == shape[0] else {
      throw problem(labels, "it has \(labels.shape[0]) labels, but there are \(shape[0]) images")
    }
    let rows = rows ?? 0..<shape[0]
    guard rows.upperBound <= shape[0], !rows.isEmpty else {
      throw problem(images, "it has \(shape[0]) rows, not \(rows.lowerBound):\(rows.upperBound)")
    }
    let numbers: ArraySlice<Int>
    do {
      numbers = try labels.integers()[rows]
    } catch {
      throw DatasetError(error)
    }
    let resolved = try LabelTexts(numbers.map(String.init), classes: classes) { position, words in
      .badArchive(file: labels.path, problem: "row \(rows.lowerBound + position): \(words)")
    }
    (self.classes, labelsByImage) = (resolved.classes, resolved.labels)
    (self.name, self.role, self.images) = (name, role, images)
    (start, height, width) = (rows.lowerBound, shape[1], shape[2])
  }

  var count: Int { labelsByImage.count }
  func label(at index: Int) -> Int { Int(labelsByImage[index]) }
  func path(at index: Int) -> String { "\(images.path.lastPathComponent)/\(start + index)" }
  func location(at index: Int) -> String { "\(images.path.absolutePath), row \(start + index)" }

  /// The pixels as they are stored.
  func bytes(at index: Int) throws(DatasetError) -> Data {
    let size = 3 * height * width
    do {
      return Data(try images.bytes((start + index) * size..<(start + index + 1) * size))
    } catch {
      throw DatasetError(error)
    }
  }

  func file(at index: Int) throws(DatasetError) -> Data { try pngFile(at: index) }

  func source(at index: Int) -> ImageSource? {
    ImageSource(file: images.path, part: "row \(start + index) of [\(height), \(width), 3]")
  }

  func image(from bytes: Data, at index: Int) throws(DatasetError) -> PixelImage {
    PixelImage(width: width, height: height, pixels: [UInt8](bytes))
  }
}
