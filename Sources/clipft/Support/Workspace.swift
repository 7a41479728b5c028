import Datasets
import Experiments
import Foundation

/// Where things lie and what is used by default: flags, then environment, then `clipft.yaml`, then built-in.
struct Workspace {
  let configuration: Configuration
  let environment: [String: String]
  /// Whether people are told in detail, as of prompts.
  var isVerbose = false

  init() throws(ConfigurationError) {
    configuration = try Configuration.load()
    environment = ProcessInfo.processInfo.environment
  }

  private var places: Places { Places(environment: environment) }

  /// Models and images made by this program for reuse.
  var cache: URL { places.cache }

  var runs: URL { URL(fileURLWithPath: environment["CLIPFT_RUNS"] ?? configuration.runs ?? "runs") }

  /// Where studies lie.
  var studies: URL { runs.standardizedFileURL.deletingLastPathComponent().appendingPathComponent("studies") }

  /// Where the runs of studies lie.
  var cells: URL { studies.appendingPathComponent("cells") }

  func dataRoot(_ flag: String?) -> String {
    let path = flag ?? environment["CLIPFT_DATA"] ?? configuration.dataRoot ?? "data"
    return URL(fileURLWithPath: path).standardizedFileURL.path
  }

  /// Bytes of memory for decoded images.
  func imageMemory(_ flag: String? = nil) -> Int {
    let text = flag ?? environment[Surroundings.imageMemory] ?? configuration.imageMemory
    // What is no size has been refused.
    return text.flatMap { ByteSize($0)?.bytes } ?? ImageMemory.defaultLimit
  }

  /// The folder that keeps decoded images; nil where none does.
  func pixelCache(_ flag: String?) -> String? {
    flag ?? environment["CLIPFT_PIXEL_CACHE"] ?? configuration.pixelCache
  }

  /// The seed of whatever a command draws.
  func seed(_ flag: UInt64?) -> UInt64 { flag ?? configuration.seed ?? 0 }

  func catalog(dataRoot: String, allowsPartial: Bool = false) -> DatasetCatalog {
    places.catalog(dataRoot: dataRoot, allowsPartial: allowsPartial)
  }
}
