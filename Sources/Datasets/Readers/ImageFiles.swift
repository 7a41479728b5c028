import Foundation
import ImageCodec

/// Images named one by one or by folder, without labels: all are of one class called "image".
public struct ImageFiles: ImageDataset {
  public let name: String
  public let role = DatasetRole.shift
  public let classes = [DatasetClass(id: "image", name: "image")]
  public let leftOut: [String: Int]
  private let files: [String]

  /// Lists `paths` in the order given: a file is itself, whatever its name; a folder stands for all images below it,
  /// sorted by path. Throws if a path is not there, or a folder has no images.
  public init(_ paths: [String], name: String = "images") throws(DatasetError) {
    var files: [String] = []
    var leftOut: [String: Int] = [:]
    for path in paths {
      guard DirectoryListing.exists(path) else {
        throw .notFound(what: "image file or folder", path: path, advice: "check the path")
      }
      guard DirectoryListing.isFolder(path) else {
        files.append(path)
        continue
      }
      let contents = try FolderContents(below: path)
      try contents.requireAllRead(in: path, remedy: "name the files that are wanted")
      guard !contents.images.isEmpty else {
        throw .badFolder(
          path: path,
          problem:
            "it holds no images (\(ImageDecoder.suffixList)), \(contents.insteadOfImages); check the path")
      }
      files += contents.images.map(path.appendingPath)
      leftOut.add(contents.leftOut)
    }
    self.name = name
    self.files = files
    self.leftOut = leftOut
  }

  public var count: Int { files.count }
  public func label(at index: Int) -> Int { 0 }
  public func path(at index: Int) -> String { files[index] }
  public func location(at index: Int) -> String { files[index].absolutePath }
  public func bytes(at index: Int) throws(DatasetError) -> Data {
    try FileReading.contents(of: files[index], limit: FolderDataset.largestFile)
  }
  public func image(from bytes: Data, at index: Int) throws(DatasetError) -> PixelImage {
    try decoded(bytes, at: index)
  }
  public func source(at index: Int) -> ImageSource? { ImageSource(file: files[index]) }
}
