import Foundation

/// `csv:FILE?path=COLUMN&label=COLUMN`: a table with a line of names of columns, of images and their labels.
///
/// `split=COLUMN` divides it into splits, by their usual names or by the values that `train=VALUE`, `val=VALUE` and
/// `test=VALUE` name; then rows of other values are of none. `root=FOLDER` says what paths are relative to, and
/// `group=COLUMN`, or `group=COLUMN+COLUMN`, within which images accuracy is looked at, the worst group's for one. Columns that
/// are not named are those of the usual names, where there is one.
public struct TableFile: DatasetLayout {
  public static let prefix = "csv"
  public static let form = "FILE?path=COLUMN&label=COLUMN"
  public static let suffixes = [".csv", ".tsv"]
  private let query: PathQuery<Choice>

  private enum Choice: String, CaseIterable, Sendable {
    case path, label, split, root, group
    case train, val, test

    /// What a column is usually called, in lower case.
    var usualNames: [String] {
      switch self {
      case .path:
        ["path", "filepath", "file_path", "image", "image_path", "file", "filename", "file_name", "img"]
      case .label: ["label", "class", "category", "target", "y"]
      case .split: ["split"]
      case .root, .group, .train, .val, .test: []
      }
    }
  }

  /// No column: every row is read, whatever a column of splits says.
  private static let noColumn = "none"

  public init(argument: String) throws(DatasetError) {
    query = try PathQuery(argument, of: Self.self)
    let values = splitValues.map(\.value)
    guard Set(values).count == values.count else {
      throw .badSpecifier(
        text: "csv:" + argument, advice: "two splits have the same value; name each by its own")
    }
    guard values.isEmpty || (query[.split] ?? Self.noColumn) != Self.noColumn else {
      throw .badSpecifier(
        text: "csv:" + argument, advice: "values of splits need the column they stand in; add split=COLUMN")
    }
  }

  /// What the column of splits has for each split that is named by its value.
  private var splitValues: [(split: DatasetSplit, value: String)] {
    DatasetSplit.allCases.compactMap { split in
      Choice(rawValue: split.rawValue).flatMap { query[$0] }.map { (split, $0) }
    }
  }

  private init(_ query: PathQuery<Choice>) { self.query = query }

  public var path: String { query.path }
  public var argument: String { query.argument }
  public var absolute: TableFile { TableFile(query.absolute(.root)) }

  public static func expectation(of manifest: DatasetManifest) -> String { "its table of images" }

  public func splits(classes: [String]?) throws(DatasetError) -> Set<DatasetSplit> {
    try requirePresence()
    let table = try DelimitedText(of: path)
    guard let column = try splitColumn(table) else { return [] }
    var found: Set<DatasetSplit> = []
    for row in table.rows {
      if let split = try split(row, column) { found.insert(split) }
    }
    return found
  }

  public func open(_ request: LayoutRequest) throws(DatasetError) -> any ImageDataset {
    try requirePresence()
    let table = try DelimitedText(of: path)
    let (image, label) = (try column(.path, of: table), try column(.label, of: table))
    var rows = table.rows
    guard !rows.isEmpty else {
      throw .badList(file: path, line: 1, problem: "it has no rows, only names of columns")
    }
    var others = 0
    if let column = try splitColumn(table) {
      rows = []
      for row in table.rows {
        let split = try split(row, column)
        if split == request.split { rows.append(row) }
        if split == nil { others += 1 }
      }
      guard !rows.isEmpty else {
        let value = splitValues.first { $0.split == request.split }?.value
        throw .badList(
          file: path, line: 1,
          problem: "column \(table.columns[column]) has no \(request.split.rawValue) rows"
            + (value.map { ", which are called \($0)" } ?? ""))
      }
    }
    let groups = try groupColumns(table)
    let lines = try rows.map { (row) throws(DatasetError) in
      let (path, label) = (
        row.fields[image].expandingHome, row.fields[label].trimmingCharacters(in: .whitespaces)
      )
      guard !path.isEmpty, !label.isEmpty else {
        throw DatasetError.badList(file: self.path, line: row.line, problem: "its path or label is empty")
      }
      return ListLine(number: row.line, path: path, label: label, group: try group(row, groups, table))
    }
    return try ListDataset(
      lines, file: path, expecting: "a row an image", name: request.name, role: request.role,
      classes: request.classes, roots: request.roots, allowPartial: request.allowsPartial,
      folder: query[.root]?.expandingHome ?? request.root,
      leftOut: [LeftOutFiles.otherRows: others].filter { $0.value > 0 })
  }

  public func requirePresence() throws(DatasetError) {
    guard !DirectoryListing.exists(path) else { return }
    throw .notFound(
      what: "table of images", path: path,
      advice: "it should be a csv or tsv file, its first line the names of columns")
  }

  /// The columns that make up groups; empty where there are none.
  private func groupColumns(_ table: DelimitedText) throws(DatasetError) -> [Int] {
    try (query[.group] ?? "").split(separator: "+").map(String.init).map { (name) throws(DatasetError) in
      guard let index = table.columns.firstIndex(of: name) else {
        throw .badList(
          file: path, line: 1,
          problem: "there is no column '\(name)'; columns are \(table.columns.joined(separator: ", "))")
      }
      return index
    }
  }

  private func group(
    _ row: DelimitedText.Row, _ columns: [Int], _ table: DelimitedText
  ) throws(DatasetError) -> String? {
    guard !columns.isEmpty else { return nil }
    let values = columns.map { row.fields[$0].trimmingCharacters(in: .whitespaces) }
    if let empty = values.firstIndex(of: "") {
      throw .badList(file: path, line: row.line, problem: "its \(table.columns[columns[empty]]) is empty")
    }
    guard columns.count > 1 else { return values[0] }
    return zip(columns, values).map { "\(table.columns[$0]) \($1)" }.joined(separator: ", ")
  }

  /// The column that is named, or the one that is usually called so.
  private func column(_ choice: Choice, of table: DelimitedText) throws(DatasetError) -> Int {
    let all = table.columns.joined(separator: ", ")
    if let name = query[choice] {
      guard let index = table.columns.firstIndex(of: name) else {
        throw .badList(file: path, line: 1, problem: "there is no column '\(name)'; columns are \(all)")
      }
      return index
    }
    let usual = table.columns.indices.filter { choice.usualNames.contains(table.columns[$0].lowercased()) }
    guard usual.count == 1 else {
      throw .badList(
        file: path, line: 1,
        problem: (usual.isEmpty ? "no column is" : "several columns may be")
          + " that of the \(choice.rawValue); say csv:FILE?\(choice.rawValue)=COLUMN, columns are \(all)")
    }
    return usual[0]
  }

  /// Nil where rows are not divided. A column of that name which nobody mentioned would mix training and test images.
  private func splitColumn(_ table: DelimitedText) throws(DatasetError) -> Int? {
    guard query[.split] != Self.noColumn else { return nil }
    if query[.split] == nil {
      guard let found = table.columns.first(where: { Choice.split.usualNames.contains($0.lowercased()) })
      else { return nil }
      throw .badList(
        file: path, line: 1,
        problem: "it has a column \(found); write csv:FILE?split=\(found) to read the rows of a split, or "
          + "?split=\(Self.noColumn) to read all")
    }
    return try column(.split, of: table)
  }

  /// Nil where the values of splits are named and the row's is none of them.
  private func split(_ row: DelimitedText.Row, _ column: Int) throws(DatasetError) -> DatasetSplit? {
    let text = row.fields[column].trimmingCharacters(in: .whitespaces)
    let named = splitValues
    guard named.isEmpty else { return named.first { $0.value == text }?.split }
    guard let split = DatasetSplit(folderName: text) else {
      throw .badList(
        file: path, line: row.line,
        problem:
          "'\(row.fields[column])' is no split; write train, val or test, or name the value meant, as in &test=…"
      )
    }
    return split
  }
}
