import Foundation

/// `wds:PATTERN`: WebDataset tar shards, brace ranges allowed, several patterns joined with `::`; or a folder as the CLIP
/// benchmark writes it: `nshards.txt` with `0.tar`, `1.tar`, … in it, or in its folders `train` and `test`, and beside these
/// `classnames.txt` and `zeroshot_classification_templates.txt`.
public struct TarShards: DatasetLayout {
  public static let prefix = "wds"
  public static let form = "PATTERN"
  public static let suffixes = [".tar", ".tar.gz", ".tgz", ".tar.zst"]
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

  private static let countFile = "nshards.txt"
  private static let templatesFile = "zeroshot_classification_templates.txt"
  private static let kindFile = "dataset_type.txt"

  public func splits(classes: [String]?) throws(DatasetError) -> Set<DatasetSplit> {
    Set(try splitFolders().keys)
  }

  public func open(_ request: LayoutRequest) throws(DatasetError) -> any ImageDataset {
    var pattern = path
    let folders = request.isSplitAlone ? [:] : try splitFolders()
    if !folders.isEmpty {
      guard let folder = folders[request.split] else {
        throw .badFolder(
          path: path,
          problem:
            "it has no \(request.split.rawValue) shards, only \(folders.values.sorted().joined(separator: ", "))"
        )
      }
      pattern = path.appendingPath(folder)
    }
    try requireClassification()
    return try WebDatasetTar(
      pattern: pattern, name: request.name, role: request.role, classes: request.classes,
      allowPartial: request.allowsPartial)
  }

  /// `{c}` is where the class name goes, a prompt a line.
  public func templates() throws(DatasetError) -> [String]? {
    guard let file = beside(Self.templatesFile) else { return nil }
    return try TextFile.lines(of: file).map { (line) throws(DatasetError) in
      let template = line.text.replacing("{c}", with: "{}")
      guard template.contains("{}") else {
        throw .badList(file: file, line: line.number, problem: "it has no {c} for the class name")
      }
      return template
    }
  }

  /// Throws where the data say that they are no classification.
  private func requireClassification() throws(DatasetError) {
    guard let file = beside(Self.kindFile), let kind = try TextFile.lines(of: file).first?.text,
      kind != "classification"
    else { return }
    throw .badList(
      file: file, line: 1, problem: "these data are for \(kind), but only classification is scored")
  }

  /// A file of the folder, or of the one it lies in.
  private func beside(_ name: String) -> String? {
    let folder = DirectoryListing.isFolder(path) ? path : path.parentPath
    return [folder, folder.appendingPath("..")].map { $0.appendingPath(name) }.first(
      where: DirectoryListing.exists)
  }

  /// The folders of splits that hold shards; empty where the path is not such a folder.
  private func splitFolders() throws(DatasetError) -> [DatasetSplit: String] {
    guard DirectoryListing.isFolder(path), !DirectoryListing.exists(path.appendingPath(Self.countFile)) else {
      return [:]
    }
    var folders: [DatasetSplit: String] = [:]
    for entry in try DirectoryListing.entries(of: path) where entry.isFolder {
      guard let split = DatasetSplit(folderName: entry.name) else { continue }
      if let other = folders.updateValue(entry.name, forKey: split) {
        throw .badFolder(
          path: path,
          problem: "\(other) and \(entry.name) may each be its \(split.rawValue) split; name the one meant")
      }
    }
    return folders
  }

  /// Which shards a pattern names, opening it finds out.
  public func requirePresence() {}
}
