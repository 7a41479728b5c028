import Foundation

/// `list:FILE`: a text file of lines `relative/path label`.
///
/// `?root=FOLDER` says what paths are relative to, `?first=1` that labels that are whole numbers count from 1, as those of
/// PACS and of MATLAB do.
public struct ListFile: DatasetLayout {
  public static let prefix = "list"
  public static let form = "FILE"
  public static let suffixes = [".txt", ".lst", ".list"]

  enum Choice: String, CaseIterable, Sendable { case root, first }

  private let query: PathQuery<Choice>
  private let first: Int

  public init(argument: String) throws(DatasetError) {
    query = try PathQuery(argument, of: Self.self)
    first = try LabelTexts.first(query[.first], of: "list:" + argument)
  }

  private init(_ query: PathQuery<Choice>, first: Int) {
    (self.query, self.first) = (query, first)
  }

  public var path: String { query.path }
  public var argument: String { query.argument }
  public var absolute: ListFile { ListFile(query.absolute(.root), first: first) }

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
      classes: request.classes, roots: request.roots,
      splitsAtSpaces: true, firstLabel: first, allowPartial: request.allowsPartial,
      folder: query[.root]?.expandingHome ?? request.root)
  }

  public func requirePresence() throws(DatasetError) {
    guard !DirectoryListing.exists(path) else { return }
    throw .notFound(
      what: "image list", path: path,
      advice: "it should be a text file with one 'relative/path label' a line")
  }
}
