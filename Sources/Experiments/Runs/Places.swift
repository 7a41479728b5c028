import Datasets
import Foundation

/// Where things lie on this machine: models and images made for reuse, and datasets.
public struct Places: Sendable {
  private let environment: [String: String]

  public init(environment: [String: String] = ProcessInfo.processInfo.environment) {
    self.environment = environment
  }

  /// Models and images made by this program for reuse.
  public var cache: URL {
    if let root = environment["XDG_CACHE_HOME"], !root.isEmpty {
      return URL(fileURLWithPath: root).appendingPathComponent("clipft")
    }
    let home = environment["HOME"].map { URL(fileURLWithPath: $0) }
    return (home ?? FileManager.default.homeDirectoryForCurrentUser).appendingPathComponent(".cache/clipft")
  }

  public func catalog(dataRoot: String, allowsPartial: Bool = false) -> DatasetCatalog {
    var catalog = DatasetCatalog(environment: environment, dataRoot: dataRoot)
    catalog.allowsPartial = allowsPartial
    catalog.world = WorldFiles.opener(cache: cache.path)
    return catalog
  }
}
