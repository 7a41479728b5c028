import Foundation
import ImageCodec

/// Images of CIFAR's binary files (Krizhevsky 2009): records of one or two bytes of labels, of which the last counts, and
/// 32 × 32 pixels, all of red before all of green and of blue.
struct CIFARDataset: ImageDataset {
  let name: String
  let role: DatasetRole
  let classes: [DatasetClass]
  private let fileNames: [String]
  private let folder: String
  private let recordSize: Int
  private let recordsOfFile: [Int]
  private let labelsByImage: [Int32]

  private static let side = 32
  private static let pixels = 3 * side * side

  /// Reads the labels of whole files of a folder. `labelBytes` are those of a record; `place` is where a label stands in `classes`, by label.
  init(
    files names: [String], in folder: String, labelBytes: Int, name: String, role: DatasetRole,
    classes: [DatasetClass], place: [Int]
  ) throws(DatasetError) {
    recordSize = labelBytes + Self.pixels
    var (counts, labels) = ([Int](), [Int32]())
    for file in names {
      let path = folder.appendingPath(file)
      let data = try FileReading.contents(of: path, limit: FolderDataset.largestFile)
      guard data.count % recordSize == 0, !data.isEmpty else {
        throw .badArchive(
          file: path,
          problem: "its \(data.count) bytes are no whole number of records of \(recordSize); fetch it again")
      }
      for record in 0..<data.count / recordSize {
        let label = Int(data[data.startIndex + record * recordSize + labelBytes - 1])
        guard place.indices.contains(label) else {
          throw .badArchive(
            file: path, problem: "record \(record) has the label \(label), which is not in 0..<\(place.count)"
          )
        }
        labels.append(Int32(place[label]))
      }
      counts.append(data.count / recordSize)
    }
    (self.name, self.role, self.classes, self.folder) = (name, role, classes, folder)
    (fileNames, recordsOfFile, labelsByImage) = (names, counts, labels)
  }

  var count: Int { labelsByImage.count }
  func label(at index: Int) -> Int { Int(labelsByImage[index]) }

  func path(at index: Int) -> String {
    let (file, record) = place(of: index)
    return "\(fileNames[file])/\(record)"
  }

  func location(at index: Int) -> String {
    let (file, record) = place(of: index)
    return "\(folder.appendingPath(fileNames[file]).absolutePath), record \(record)"
  }

  /// The pixels as they are stored.
  func bytes(at index: Int) throws(DatasetError) -> Data {
    let (file, record) = place(of: index)
    return try FileReading.contents(
      of: folder.appendingPath(fileNames[file]), offset: (record + 1) * recordSize - Self.pixels,
      count: Self.pixels)
  }

  func file(at index: Int) throws(DatasetError) -> Data { try pngFile(at: index) }

  func source(at index: Int) -> ImageSource? {
    let (file, record) = place(of: index)
    return ImageSource(file: folder.appendingPath(fileNames[file]), part: "record \(record) of \(recordSize)")
  }

  func image(from bytes: Data, at index: Int) throws(DatasetError) -> PixelImage {
    let planes = [UInt8](bytes)
    let area = Self.side * Self.side
    let pixels = (0..<Self.pixels).map { planes[$0 % 3 * area + $0 / 3] }
    return PixelImage(width: Self.side, height: Self.side, pixels: pixels)
  }

  private func place(of index: Int) -> (file: Int, record: Int) {
    var record = index
    for (file, count) in recordsOfFile.enumerated() {
      if record < count { return (file, record) }
      record -= count
    }
    preconditionFailure("image \(index) of \(count)")
  }
}
