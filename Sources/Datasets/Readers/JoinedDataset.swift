import Foundation
import ImageCodec

/// The images of two datasets of the same classes, one after the other.
///
/// Those of the second are called `validation/…`, so that no two have the same path.
public struct JoinedDataset: ImageDataset {
  private let first: any ImageDataset
  private let second: any ImageDataset

  /// Throws unless both have the same classes.
  public init(_ first: any ImageDataset, _ second: any ImageDataset) throws(DatasetError) {
    guard first.classes == second.classes else {
      throw .badRequest(
        "\(first.name) and \(second.name) have different classes and cannot be trained on together")
    }
    (self.first, self.second) = (first, second)
  }

  public var name: String { first.name }
  public var role: DatasetRole { first.role }
  public var classes: [DatasetClass] { first.classes }
  public var count: Int { first.count + second.count }
  public var leftOut: [String: Int] { first.leftOut.merging(second.leftOut, uniquingKeysWith: +) }
  public var groups: ImageGroups? {
    guard let mine = first.groups, let theirs = second.groups else { return nil }
    return ImageGroups(
      (mine.ofImage.map { mine.names[Int($0)] }) + theirs.ofImage.map { theirs.names[Int($0)] })
  }

  private func part(_ index: Int) -> (dataset: any ImageDataset, index: Int) {
    index < first.count ? (first, index) : (second, index - first.count)
  }

  public func label(at index: Int) -> Int {
    let (dataset, index) = part(index)
    return dataset.label(at: index)
  }
  public func path(at index: Int) -> String {
    let (dataset, place) = part(index)
    return (index < first.count ? "" : "validation/") + dataset.path(at: place)
  }
  public func location(at index: Int) -> String {
    let (dataset, index) = part(index)
    return dataset.location(at: index)
  }
  public func bytes(at index: Int) throws(DatasetError) -> Data {
    let (dataset, index) = part(index)
    return try dataset.bytes(at: index)
  }
  public func file(at index: Int) throws(DatasetError) -> Data {
    let (dataset, index) = part(index)
    return try dataset.file(at: index)
  }
  public func image(from bytes: Data, at index: Int) throws(DatasetError) -> PixelImage {
    let (dataset, index) = part(index)
    return try dataset.image(from: bytes, at: index)
  }
  public func source(at index: Int) -> ImageSource? {
    let (dataset, index) = part(index)
    return dataset.source(at: index)
  }
}
