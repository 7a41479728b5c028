import Datasets
import Foundation
import TensorCore
import Yams

/// Settings of `clipft.yaml`, found from the working directory upwards; flags and environment variables win over it.
struct Configuration: Codable {
  var model: String?
  var dataset: String?
  var dataRoot: String?
  var runs: String?
  var threads: Int?
  var seed: UInt64?
  var precision: CommonOptions.PrecisionChoice?

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case model, dataset, runs, threads, seed, precision
    case dataRoot = "data_root"
  }

  static let fileName = "clipft.yaml"

  /// The nearest file's settings; none where there is no file. Throws on a file that cannot be used.
  static func load() throws(ConfigurationError) -> Configuration {
    var folder = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
    while true {
      let file = folder.appendingPathComponent(fileName)
      if let text = try? String(contentsOf: file, encoding: .utf8) {
        return try parse(text, file: file.path).resolved(from: folder)
      }
      guard folder.path != "/" else { return Configuration() }
      folder.deleteLastPathComponent()
    }
  }

  /// Paths in the file are relative to its folder.
  private func resolved(from folder: URL) -> Configuration {
    func path(_ text: String) -> String {
      text.hasPrefix("/") ? text : folder.appendingPathComponent(text).standardizedFileURL.path
    }
    var resolved = self
    resolved.dataRoot = dataRoot.map(path)
    resolved.runs = runs.map(path)
    resolved.model = model.map { ModelSource($0).isPath ? path($0) : $0 }
    resolved.dataset = dataset.map { text in
      guard let colon = text.firstIndex(of: ":"), ["folder", "list", "wds"].contains(text[..<colon]) else {
        return text
      }
      return text[...colon] + path(String(text[text.index(after: colon)...]))
    }
    return resolved
  }

  private static func parse(_ text: String, file: String) throws(ConfigurationError) -> Configuration {
    guard text.utf8.count < 1 << 20 else {
      throw ConfigurationError(file: file, problem: "it is larger than 1 MiB")
    }
    let known = CodingKeys.allCases.map(\.rawValue)
    do {
      let keys = (try Yams.load(yaml: text) as? [String: Any])?.keys.map { $0 } ?? []
      if let unknown = keys.sorted().first(where: { !known.contains($0) }) {
        throw ConfigurationError(
          file: file,
          problem: "there is no setting '\(unknown)'; known are \(known.sorted().joined(separator: ", "))")
      }
      return keys.isEmpty ? Configuration() : try YAMLDecoder().decode(Configuration.self, from: text)
    } catch let error as ConfigurationError {
      throw error
    } catch let error as DecodingError {
      throw ConfigurationError(file: file, problem: "the value of '\(error.key)' cannot be used")
    } catch {
      throw ConfigurationError(
        file: file, problem: "it is not YAML with the settings \(known.sorted().joined(separator: ", "))")
    }
  }
}

struct ConfigurationError: ClassifiedError {
  let file: String
  let problem: String
  var kind: FailureKind { .badData }
  var description: String { "\(file): \(problem)" }
}

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

  func catalog(dataRoot: String, allowsPartial: Bool = false) -> DatasetCatalog {
    var catalog = DatasetCatalog(environment: environment, dataRoot: dataRoot)
    catalog.allowsPartial = allowsPartial
    catalog.world = WorldFiles.opener(cache: cache.path)
    return catalog
  }
}
