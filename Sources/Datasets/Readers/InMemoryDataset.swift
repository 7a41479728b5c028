import Foundation
import ImageCodec

/// Encoded images held in memory.
public struct InMemoryDataset: ImageDataset {
  /// One labelled image.
  public struct Item: Sendable {
    public let path: String
    public let label: Int
    /// The encoded file.
    public let bytes: Data

    public init(path: String, label: Int, bytes: Data) {
      self.path = path
      self.label = label
      self.bytes = bytes
    }
  }

  public let name: String
  public let role: DatasetRole
  public let classes: [DatasetClass]
  private let items: [Item]

  public init(
    name: String, role: DatasetRole, classes: [DatasetClass], items: [Item]
  ) throws(DatasetError) {
    for item in items where !classes.indices.contains(item.label) {
      throw .badRequest("\(item.path) has label \(item.label), but there are \(classes.count) classes")
    }
    self.name = name
    self.role = role
    self.classes = classes
    self.items = items
  }

  public var count: Int { items.count }
  public func label(at index: Int) -> Int { items[index].label }
  public func path(at index: Int) -> String { items[index].path }
  public func bytes(at index: Int) throws(DatasetError) -> Data { items[index].bytes }
  public func image(from bytes: Data, at index: Int) throws(DatasetError) -> PixelImage {
    try decoded(bytes, at: index)
  }
}
