import Foundation

/// `wds:PATTERN`: WebDataset tar shards, brace ranges allowed, several patterns joined with `::`.
public struct TarShards: DatasetLayout {
  public static let prefix = "wds"
  public static let form = "PATTERN"
  public static let name = "webdataset"
  public let path: String

  public init(argument: String) { path = Self.paths(in: argument, \.expandingHome) }

  public var argument: String { path }
  public var absolute: TarShards {
    TarShards(
      argument: Self.paths(in: path) {
        $0.hasPrefix("/") ? $0 : FileManager.default.currentDirectoryPath + "/" + $0
      })
  }

  private static func paths(in pattern: String, _ change: (String) -> String) -> String {
    pattern.components(separatedBy: "::").map(change).joined(separator: "::")
  }

  public static func expectation(of manifest: DatasetManifest) -> String { "its shards" }

  public func splits(classes: [String]?) -> Set<DatasetSplit> { [] }

  public func open(_ request: LayoutRequest) throws(DatasetError) -> any ImageDataset {
    try WebDatasetTar(
      pattern: path, name: request.name, role: request.role, classes: request.classes,
      allowPartial: request.allowsPartial)
  }

  /// Which shards a pattern names, opening it finds out.
  public func requirePresence() {}
}
