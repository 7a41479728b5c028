import Foundation

/// `list:FILE`: a text file of lines `relative/path label`.
public struct ListFile: DatasetLayout {
  public static let prefix = "list"
  public static let form = "FILE"
  public let path: String

  public init(argument: String) { path = argument.expandingHome }

  public var argument: String { path }
  public var absolute: ListFile { ListFile(argument: path.standardizedPath) }

  public static func expectation(of manifest: DatasetManifest) -> String { "its list of images" }

  public func splits(classes: [String]?) -> Set<DatasetSplit> { [] }

  public func open(_ request: LayoutRequest) throws(DatasetError) -> any ImageDataset {
    try requirePresence()
    var lines: [ListLine] = []
    for line in try TextFile.lines(of: path) {
      if let parsed = try ListLine.parse(line, file: path) { lines.append(parsed) }
    }
    return try ListDataset(
      lines, file: path, expecting: "lines 'relative/path label'", name: request.name, role: request.role,
      classes: request.classes, roots: request.roots, splitsAtSpaces: true,
      allowPartial: request.allowsPartial)
  }

  public func requirePresence() throws(DatasetError) {
    guard !DirectoryListing.exists(path) else { return }
    throw .notFound(
      what: "image list", path: path,
      advice: "it should be a text file with one 'relative/path label' a line")
  }
}
