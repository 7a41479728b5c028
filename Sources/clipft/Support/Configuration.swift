import Checkpoint
import Datasets
import Foundation
import TensorCore
import Yams

/// Settings of `clipft.yaml`, found from the working directory upwards; flags and environment variables win over it.
struct Configuration: Codable, Equatable {
  var model: String?
  var dataset: String?
  var dataRoot: String?
  var runs: String?
  var threads: Int?
  var seed: UInt64?
  var precision: CommonOptions.PrecisionChoice?
  /// As `--image-memory` has it.
  var imageMemory: String?
  var pixelCache: String?

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case model, dataset, runs, threads, seed, precision
    case dataRoot = "data_root"
    case imageMemory = "image_memory"
    case pixelCache = "pixel_cache"

    /// What is wanted of a value.
    var advice: String {
      switch self {
      case .model: "give a model folder, a file of weights, or world"
      case .dataset: "give a manifest's name, \(DatasetLayouts.forms)"
      case .runs, .dataRoot, .pixelCache: "give the path of a folder"
      case .threads: "give 1 to \(CommonOptions.mostThreads)"
      case .seed: "give a whole number of at least 0"
      case .precision: "give auto, fp32 or bf16"
      case .imageMemory: ByteSize.advice
      }
    }
  }

  /// Every key with what is wanted of its value.
  static var documentation: [(key: String, advice: String)] {
    CodingKeys.allCases.map { ($0.rawValue, $0.advice) }
  }

  static let fileName = "clipft.yaml"
  private static let largestFile = 1 << 20

  /// The nearest file's settings; none where there is no file. Throws on a file that cannot be used.
  static func load() throws(ConfigurationError) -> Configuration {
    // A working directory that was removed has no path, and no file.
    var folder = FileManager.default.currentDirectoryPath
    while folder.hasPrefix("/") {
      let file = NSString(string: folder).appendingPathComponent(fileName)
      if let text = try contents(of: file) { return try parse(text, file: file).resolved(from: folder) }
      guard folder != "/" else { break }
      folder = NSString(string: folder).deletingLastPathComponent
    }
    return Configuration()
  }

  /// The text of a file; nil if nothing of that name is there.
  private static func contents(of file: String) throws(ConfigurationError) -> String? {
    var status = stat()
    guard lstat(file, &status) == 0 else {
      if [ENOENT, ENOTDIR, EACCES].contains(errno) { return nil }
      throw ConfigurationError(file: file, problem: "it cannot be read (\(String(cString: strerror(errno))))")
    }
    guard stat(file, &status) == 0 else {
      throw ConfigurationError(file: file, problem: "it is a link to something that is not there")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw ConfigurationError(
        file: file, problem: "it is not a file; give the settings in one, or rename what is there")
    }
    guard status.st_size < largestFile else {
      throw ConfigurationError(file: file, problem: "it is larger than 1 MiB")
    }
    guard let data = FileManager.default.contents(atPath: file) else {
      throw ConfigurationError(file: file, problem: "it cannot be read; see its permissions")
    }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw ConfigurationError(file: file, problem: "it is not UTF-8 text")
    }
    return text.hasPrefix("\u{FEFF}") ? String(text.dropFirst()) : text
  }

  /// Paths in the file are relative to its folder.
  private func resolved(from folder: String) -> Configuration {
    func path(_ text: String) -> String {
      let text = HomePath.expanded(text)
      return URL(fileURLWithPath: text, relativeTo: URL(fileURLWithPath: folder)).standardizedFileURL.path
    }
    var resolved = self
    resolved.dataRoot = dataRoot.map(path)
    resolved.runs = runs.map(path)
    resolved.pixelCache = pixelCache.map(path)
    resolved.model = model.map { ModelSource($0).isPath ? path($0) : $0 }
    resolved.dataset = dataset.map { text in
      guard let colon = text.firstIndex(of: ":"), ["folder", "list", "wds"].contains(text[..<colon]) else {
        return text
      }
      return text[...colon] + path(String(text[text.index(after: colon)...]))
    }
    return resolved
  }

  static func parse(_ text: String, file: String) throws(ConfigurationError) -> Configuration {
    let known = CodingKeys.allCases.map(\.rawValue).sorted().joined(separator: ", ")
    let root: Yams.Node?
    do {
      root = try Yams.compose(yaml: text)
    } catch {
      throw ConfigurationError(
        file: file, problem: "it is not YAML\(line(of: error)); write one setting a line, as in `seed: 1`")
    }
    guard let root, root.null == nil else { return Configuration() }
    guard let mapping = root.mapping else {
      throw ConfigurationError(
        file: file, problem: "it has no settings; write one a line, as in `seed: 1` (known are \(known))")
    }
    var seen: Set<String> = []
    for (key, value) in mapping {
      let name = key.scalar?.string ?? "?"
      guard let setting = CodingKeys(rawValue: name) else {
        let hint = Spelling.nearest(to: name, in: CodingKeys.allCases.map(\.rawValue)).map {
          ", did you mean \($0)"
        }
        throw ConfigurationError(
          file: file, problem: "there is no setting '\(name)'\(hint ?? ""); known are \(known)")
      }
      guard seen.insert(name).inserted else {
        throw ConfigurationError(file: file, problem: "'\(name)' is set twice; leave one of them away")
      }
      guard value.null == nil, value.scalar?.string.isEmpty == false else {
        throw ConfigurationError(
          file: file, problem: "the value of '\(name)' is missing or no plain value; \(setting.advice)")
      }
    }
    do {
      let settings = try YAMLDecoder().decode(Configuration.self, from: text)
      if let threads = settings.threads, !(1...CommonOptions.mostThreads).contains(threads) {
        throw ConfigurationError(
          file: file, problem: "'threads' is \(threads); \(CodingKeys.threads.advice)")
      }
      if let size = settings.imageMemory, ByteSize(size) == nil {
        throw ConfigurationError(
          file: file, problem: "'image_memory' is '\(size)'; \(CodingKeys.imageMemory.advice)")
      }
      return settings
    } catch let error as ConfigurationError {
      throw error
    } catch let error as DecodingError {
      let setting = CodingKeys(rawValue: error.key)
      let value = setting.flatMap { mapping[Yams.Node($0.rawValue)]?.scalar?.string } ?? ""
      throw ConfigurationError(
        file: file,
        problem: "the value '\(value)' of '\(error.key)' cannot be used"
          + (setting.map { "; \($0.advice)" } ?? ""))
    } catch {
      throw ConfigurationError(file: file, problem: "it is not YAML with the settings \(known)")
    }
  }

  private static func line(of error: any Error) -> String {
    switch error as? YamlError {
    case .scanner(_, _, let mark, _)?, .parser(_, _, let mark, _)?, .composer(_, _, let mark, _)?:
      " in line \(mark.line)"
    default: ""
    }
  }
}

struct ConfigurationError: ClassifiedError {
  let file: String
  let problem: String
  var kind: FailureKind { .badData }
  var description: String { "\(file): \(problem)" }
}
