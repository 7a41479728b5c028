import Foundation
import ImageCodec

/// Labelled images in a fixed order, read on demand; safe to read from many threads.
public protocol ImageDataset: Sendable {
  var name: String { get }
  var role: DatasetRole { get }
  /// Names of the classes that labels index, as prompts use them.
  var classNames: [String] { get }
  /// The same classes with their identifiers.
  var classes: [DatasetClass] { get }
  /// Number of images.
  var count: Int { get }
  /// Files that are there and not used, by suffix in lower case without its dot (`LeftOutFiles` has further keys); by
  /// default none.
  var leftOut: [String: Int] { get }
  /// Groups of the images beside their classes; nil, as by default, where there are none.
  var groups: ImageGroups? { get }
  /// Class index of an image.
  func label(at index: Int) -> Int
  /// Path of an image relative to the dataset, for people and records.
  func path(at index: Int) -> String
  /// Where an image lies, for errors: the path of its file, or that of its archive and its place in it; by default
  /// `path(at:)`.
  func location(at index: Int) -> String
  /// The encoded image file, or the pixels as they are stored.
  func bytes(at index: Int) throws(DatasetError) -> Data
  /// The image as a file, for writing it elsewhere: by default the bytes as they are stored.
  func file(at index: Int) throws(DatasetError) -> Data
  /// The image that `bytes(at:)` of the same index decode to: `decoded(_:at:)`, where these are an image file.
  func image(from bytes: Data, at index: Int) throws(DatasetError) -> PixelImage
  /// What an image is made from, as it is now; nil, as by default, where that cannot be told.
  func source(at index: Int) -> ImageSource?
}

extension ImageDataset {
  public var classNames: [String] { classes.map(\.name) }

  public var leftOut: [String: Int] { [:] }

  public var groups: ImageGroups? { nil }

  public func file(at index: Int) throws(DatasetError) -> Data { try bytes(at: index) }

  public func location(at index: Int) -> String { path(at: index) }

  public func source(at index: Int) -> ImageSource? { nil }

  /// The decoded image.
  public func image(at index: Int) throws(DatasetError) -> PixelImage {
    try image(from: bytes(at: index), at: index)
  }

  /// The image of an encoded file.
  public func decoded(_ bytes: Data, at index: Int) throws(DatasetError) -> PixelImage {
    do throws(ImageError) {
      return try ImageDecoder.decode(bytes, name: location(at: index))
    } catch {
      throw .badImage(error)
    }
  }

  /// The classes that no image shows.
  public var classesWithoutImages: [DatasetClass] {
    var hasImages = [Bool](repeating: false, count: classes.count)
    for index in 0..<count { hasImages[label(at: index)] = true }
    return zip(classes, hasImages).filter { !$0.1 }.map(\.0)
  }

  /// Labels of all images, in order.
  public var labels: [Int32] { (0..<count).map { Int32(label(at: $0)) } }
  /// Paths of all images, in order.
  public var paths: [String] { (0..<count).map(path(at:)) }
}
