import Datasets
import Foundation

/// Where things lie and what is used by default: flags, then environment, then `clipft.yaml`, then built-in.
struct Workspace {
  let configuration: Configuration
  let environment: [String: String]

  init() throws(ConfigurationError) {
    configuration = try Configuration.load()
    environment = ProcessInfo.processInfo.environment
  }

  /// Models and images made by this program for reuse.
  var cache: URL {
    if let root = environment["XDG_CACHE_HOME"], !root.isEmpty {
      return URL(fileURLWithPath: root).appendingPathComponent("clipft")
    }
    let home = environment["HOME"].map { URL(fileURLWithPath: $0) }
    return (home ?? FileManager.default.homeDirectoryForCurrentUser).appendingPathComponent(".cache/clipft")
  }

  var runs: URL { URL(fileURLWithPath: environment["CLIPFT_RUNS"] ?? configuration.runs ?? "runs") }

  func dataRoot(_ flag: String?) -> String {
    let path = flag ?? environment["CLIPFT_DATA"] ?? configuration.dataRoot ?? "data"
    return URL(fileURLWithPath: path).standardizedFileURL.path
  }

  /// The seed of whatever a command draws.
  func seed(_ flag: UInt64?) -> UInt64 { flag ?? configuration.seed ?? 0 }

  func catalog(dataRoot: String, allowsPartial: Bool = false) -> DatasetCatalog {
    var catalog = DatasetCatalog(environment: environment, dataRoot: dataRoot)
    catalog.allowsPartial = allowsPartial
    catalog.world = WorldFiles.opener(cache: cache.path)
    return catalog
  }
}
