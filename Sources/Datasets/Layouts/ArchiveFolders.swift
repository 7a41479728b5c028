import Checkpoint
import Foundation

/// `archive:FILE`: class folders, divided into splits or not, in a zip or tar archive that is not unpacked; `?folder=PATH` is where in
/// it they are, if not at its top.
public struct ArchiveFolders: DatasetLayout {
  public static let prefix = "archive"
  public static let form = "FILE.zip"
  public static let suffixes = ArchiveTree.suffixes

  private enum Choice: String, CaseIterable, Sendable { case folder }

  private let query: PathQuery<Choice>

  public init(argument: String) throws(DatasetError) { query = try PathQuery(argument, of: Self.self) }

  private init(_ query: PathQuery<Choice>) { self.query = query }

  public var path: String { query.path }
  public var argument: String { query.argument }
  public var absolute: ArchiveFolders { ArchiveFolders(query.absolute()) }
  /// The folder within that is meant, below the path of the archive.
  private var place: String { query[.folder].map(path.appendingPath) ?? path }

  public var displayName: String {
    let name = path.lastPathComponent
    return ArchiveTree.suffixes.last { name.lowercased().hasSuffix($0) }.map {
      String(name.dropLast($0.count))
    }
      ?? name
  }

  public static func expectation(of manifest: DatasetManifest) -> String { "its archive" }

  public func splits(classes: [String]?) throws(DatasetError) -> Set<DatasetSplit> {
    try FolderDataset.layout(of: place, in: tree(), classes: classes).splits
  }

  public func open(_ request: LayoutRequest) throws(DatasetError) -> any ImageDataset {
    // A manifest can only name the archive, which holds all splits.
    var request = request
    request.isSplitAlone = false
    return try ClassFolders.open(place, in: tree(), request)
  }

  public func requirePresence() throws(DatasetError) {
    guard !DirectoryListing.isFolder(path) else {
      throw .badFolder(
        path: path, problem: "it is a folder, not an archive; write \(ClassFolders.prefix):\(path)")
    }
    guard !DirectoryListing.exists(path) else { return }
    throw .notFound(
      what: "archive", path: path,
      advice: "it should be a \(ArchiveTree.suffixes.joined(separator: ", ")) file of class folders")
  }

  private func tree() throws(DatasetError) -> ArchiveTree {
    try requirePresence()
    return try ArchiveTrees.latest.tree(of: path)
  }
}

/// The archives that were opened last, so that one that is asked for several times is read, or decompressed, once.
private final class ArchiveTrees: @unchecked Sendable {
  static let latest = ArchiveTrees()
  private static let most = 4

  private let lock = NSLock()
  private var trees: [(path: String, state: FileState, tree: ArchiveTree)] = []

  func tree(of path: String) throws(DatasetError) -> ArchiveTree {
    lock.lock()
    defer { lock.unlock() }
    let state: FileState
    do {
      state = try FileState(URL(fileURLWithPath: path))
    } catch {
      throw DatasetError(error)
    }
    if let known = trees.first(where: { $0.path == path && $0.state == state }) { return known.tree }
    let tree = try ArchiveTree(path)
    trees.removeAll { $0.path == path }
    trees = [(path, state, tree)] + trees.prefix(Self.most - 1)
    return tree
  }
}
