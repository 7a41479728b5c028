import Foundation
import TensorCore

/// Finds manifests, and opens the datasets they describe.
///
/// Manifests are looked for in `$CLIPFT_MANIFESTS` (folders separated by colons), `./manifests`, beside the
/// executable, and in the program itself; the first of a name counts.
public struct DatasetCatalog: Sendable {
  /// Folders searched, best first, before the embedded manifests.
  public let folders: [String]
  /// How many of them, the first, are named by `$CLIPFT_MANIFESTS`.
  private let namedFolders: Int
  /// Where datasets lie: `$CLIPFT_DATA`, or `data` in the working directory.
  public let dataRoot: String
  /// Whether datasets may have fewer, or more, images than their manifests promise.
  public var allowsPartial = false
  /// Where drawn images come from.
  public var world: WorldOpener?

  /// Opens a split of a manifest whose images are drawn.
  public typealias WorldOpener =
    @Sendable (_ manifest: DatasetManifest, _ split: DatasetSplit, _ dataRoot: String) throws(DatasetError) ->
    any ImageDataset

  /// Where a manifest was found.
  public enum Origin: Sendable, Equatable {
    case file(String)
    case embedded
  }

  public init(
    environment: [String: String] = ProcessInfo.processInfo.environment, dataRoot: String? = nil,
    workingDirectory: String = "."
  ) {
    let named = (environment["CLIPFT_MANIFESTS"] ?? "").split(separator: ":").map { String($0).expandingHome }
    let executableFolder = Bundle.main.executablePath?.parentPath
    let beside = executableFolder.map {
      [$0.appendingPath("manifests"), $0.parentPath.appendingPath("share/clipft/manifests")]
    }
    namedFolders = named.count
    folders = named + [workingDirectory.appendingPath("manifests")] + (beside ?? [])
    self.dataRoot =
      (dataRoot ?? environment["CLIPFT_DATA"])?.expandingHome ?? workingDirectory.appendingPath("data")
  }

  /// Throws unless each folder that `$CLIPFT_MANIFESTS` names is there and can be listed.
  public func requireNamedFolders() throws(DatasetError) {
    for folder in folders.prefix(namedFolders) {
      guard DirectoryListing.isFolder(folder) else {
        throw .notFound(
          what: "folder of manifests", path: folder,
          advice: "$CLIPFT_MANIFESTS names it; correct the variable")
      }
      _ = try DirectoryListing.listing(of: folder)
    }
  }

  /// Names of all manifests, sorted.
  public var names: [String] {
    var files = Array(EmbeddedManifests.files.keys)
    // Those that are not named need not be there; those that are, reading any manifest requires.
    for folder in folders {
      files += ((try? DirectoryListing.entries(of: folder)) ?? []).filter { !$0.isFolder }.map(\.name)
    }
    return Set(files.filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }).sorted(
      by: String.bytewise)
  }

  /// "did you mean …? " with the names that contain the text or, if there are none, the one that is spelt most like it.
  private func suggestion(for text: String) -> String {
    let names = names
    var near = text.count < 3 ? [] : names.filter { $0.contains(text.lowercased()) }
    if near.isEmpty { near = [Spelling.nearest(to: text, in: names)].compactMap { $0 } }
    guard !near.isEmpty else { return "" }
    return "did you mean \(near.prefix(6).joined(separator: ", "))\(near.count > 6 ? ", …" : "")? "
  }

  /// Where the manifest of this name is, if there is one.
  public func origin(of name: String) -> Origin? {
    guard ManifestReader.isPlainName(name) else { return nil }
    let file = name + ".yaml"
    if let path = folders.map({ $0.appendingPath(file) }).first(where: DirectoryListing.exists) {
      return .file(path)
    }
    return EmbeddedManifests.files[file] == nil ? nil : .embedded
  }

  /// Reads and checks the manifest of this name.
  public func manifest(named name: String) throws(DatasetError) -> DatasetManifest {
    let manifest: DatasetManifest
    let origin = origin(of: name)
    // Where a folder that was named is missing, what is found elsewhere may be another manifest of the name.
    if origin != nil { try requireNamedFolders() }
    switch origin {
    case .file(let path):
      manifest = try Self.manifest(at: path)
    case .embedded:
      let reader = ManifestReader(file: name + ".yaml") { (beside) throws(DatasetError) in
        guard let bytes = EmbeddedManifests.files[beside] else {
          throw .notFound(what: "list", path: beside, advice: "it is not part of the program")
        }
        return Data(bytes)
      }
      manifest = try reader.read(Data(EmbeddedManifests.files[name + ".yaml"] ?? []))
    case nil:
      if let variant = try variant(named: name) { return variant }
      throw .notFound(
        what: "dataset manifest '\(name)'", path: folders.joined(separator: ", "),
        advice:
          "\(suggestion(for: name))`clipft datasets list` shows those there are; for images on disk write "
          + DatasetLayouts.forms)
    }
    guard manifest.name == name else {
      throw .badManifest(
        file: name + ".yaml", problem: "key 'name' is '\(manifest.name)', which differs from the file's")
    }
    return manifest
  }

  /// `imagenet-c.fog.3` of the manifest `imagenet-c`; nil where no manifest has such variants.
  private func variant(named name: String) throws(DatasetError) -> DatasetManifest? {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    for count in stride(from: parts.count - 1, to: 0, by: -1) {
      let base = parts[..<count].joined(separator: ".")
      guard origin(of: base) != nil else { continue }
      let manifest = try manifest(named: base)
      guard manifest.variants != nil else { continue }
      return try manifest.variant(Array(parts[count...]))
    }
    return nil
  }

  /// The lines of a text file that is part of the program, such as `imagenet-7-templates.txt`; nil if there is none.
  public static func embeddedLines(of file: String) -> [String]? {
    embedded(file).map {
      String(decoding: $0, as: UTF8.self).split(whereSeparator: \.isNewline).map(String.init)
    }
  }

  /// A text file that is part of the program, such as `imagenet-wordnet-names.txt`; nil if there is none.
  static func embedded(_ file: String) -> Data? {
    file.hasSuffix(".txt") ? EmbeddedManifests.files[file].map { Data($0) } : nil
  }

  /// Reads and checks a manifest file.
  public static func manifest(at path: String) throws(DatasetError) -> DatasetManifest {
    let data = try FileReading.contents(of: path, limit: ManifestReader.largestFile)
    let reader = ManifestReader(file: path) { (beside) throws(DatasetError) in
      try FileReading.contents(of: path.parentPath.appendingPath(beside), limit: ManifestReader.largestFile)
    }
    return try reader.read(data)
  }
}
