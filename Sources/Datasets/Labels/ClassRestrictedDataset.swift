import Foundation
import ImageCodec

/// The images of another dataset that belong to some of its classes, labelled by those alone.
public struct ClassRestrictedDataset: ImageDataset {
  public let name: String
  public let classes: [DatasetClass]
  private let base: any ImageDataset
  private let indices: [Int]
  private let labelsByImage: [Int32]

  init(base: any ImageDataset, classes: [DatasetClass]) throws(DatasetError) {
    let mapping = try LabelMapping(from: classes, to: base.classes)
    var labelOf = [Int32](repeating: -1, count: base.classes.count)
    for (label, group) in mapping.groups.enumerated() {
      for index in group { labelOf[index] = Int32(label) }
    }
    name = base.name
    self.base = base
    self.classes = classes
    indices = (0..<base.count).filter { labelOf[base.label(at: $0)] >= 0 }
    labelsByImage = indices.map { labelOf[base.label(at: $0)] }
  }

  public var role: DatasetRole { base.role }
  public var count: Int { indices.count }
  public var leftOut: [String: Int] { base.leftOut }
  public var groups: ImageGroups? { base.groups?.of(indices) }
  public func label(at index: Int) -> Int { Int(labelsByImage[index]) }
  public func path(at index: Int) -> String { base.path(at: indices[index]) }
  public func location(at index: Int) -> String { base.location(at: indices[index]) }
  public func bytes(at index: Int) throws(DatasetError) -> Data { try base.bytes(at: indices[index]) }
  public func file(at index: Int) throws(DatasetError) -> Data { try base.file(at: indices[index]) }
  public func image(from bytes: Data, at index: Int) throws(DatasetError) -> PixelImage {
    try base.image(from: bytes, at: indices[index])
  }
  public func source(at index: Int) -> ImageSource? { base.source(at: indices[index]) }
}

extension ImageDataset {
  /// The images of `classes` alone, which must be among this dataset's or cover some of them; labels follow the order
  /// of `classes`.
  public func restricted(to classes: [DatasetClass]) throws(DatasetError) -> ClassRestrictedDataset {
    try ClassRestrictedDataset(base: self, classes: classes)
  }
}
