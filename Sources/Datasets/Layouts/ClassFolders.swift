import Foundation

/// `folder:PATH`: one folder a class, divided into splits or not.
public struct ClassFolders: DatasetLayout {
  public static let prefix = "folder"
  public static let form = "PATH"
  public static let isFolder = true
  public let path: String

  public init(argument: String) { path = argument.expandingHome }

  public var argument: String { path }
  public var absolute: ClassFolders { ClassFolders(argument: path.standardizedPath) }
  public var displayName: String { DatasetCatalog.name(ofFolder: path) }

  public static func expectation(of manifest: DatasetManifest) -> String {
    let naming =
      manifest.folders == .index
      ? "0, 1, 2 and so on" : "identifier, such as \(manifest.datasetClasses.first?.id ?? "")"
    return "its \(manifest.datasetClasses.count) class folders, named by \(naming)"
  }

  public func splits(classes: [String]?) throws(DatasetError) -> Set<DatasetSplit> {
    if DirectoryListing.isFile(path) { try requirePresence() }
    return try FolderDataset.layout(of: path, classes: classes).splits
  }

  public func open(_ request: LayoutRequest) throws(DatasetError) -> any ImageDataset {
    if DirectoryListing.isFile(path) { try requirePresence() }
    return try Self.open(path, in: DiskTree(), request)
  }

  public func requirePresence() throws(DatasetError) {
    guard !DirectoryListing.isFile(path) else {
      throw .badFolder(
        path: path, problem: "it is a file, not a folder; write \(DatasetLayouts.forms(for: path))")
    }
    _ = try DirectoryListing.listing(of: path)
  }

  /// Opens the class folders of a tree.
  static func open(
    _ path: String, in tree: any FileTree, _ request: LayoutRequest
  ) throws(DatasetError) -> FolderDataset {
    var (place, leftOut) = (path, [String: Int]())
    if !request.isSplitAlone {
      let names = request.classes?.map(\.name)
      let layout = try FolderDataset.layout(of: path, in: tree, classes: names)
      place = try layout.classFolder(of: request.split, classes: names)
      leftOut = layout.leftOut
    }
    return try FolderDataset(
      path: place, name: request.name, role: request.role, classes: request.classes, naming: request.naming,
      otherFolders: request.otherFolders, allowPartial: request.allowsPartial,
      allowMissingClasses: request.allowsMissingClasses, leftOut: leftOut, tree: tree)
  }
}
