import Foundation
import ImageCodec

/// `flat:FOLDER?labels=FILE`: images in one folder, and a file of their labels, as ImageNet's validation images come.
///
/// The file has a label a line, for the images in the order of their names, or is a list in MATLAB's form (`variable=NAME`, where it
/// has several); or a line `name label`, or a row of a table (`.csv`), for each. `first=1` says that whole numbers count from 1; `ids=FILE` has a line `number identifier` for each,
/// where the numbers of labels are none of the classes' places, such as those of ILSVRC's development kit.
///
/// `unlisted=skip` is for files that name some of the images, as those of a split: the others are left out and counted.
public struct FlatFolder: DatasetLayout {
  public static let prefix = "flat"
  public static let form = "FOLDER?labels=FILE"
  public static let isFolder = true

  private enum Choice: String, CaseIterable, Sendable { case labels, variable, ids, first, unlisted }

  private static let skip = "skip"

  private let query: PathQuery<Choice>
  private let labels: String
  private let first: Int

  public init(argument: String) throws(DatasetError) {
    query = try PathQuery(argument, of: Self.self)
    guard let labels = query[.labels] else {
      throw .badSpecifier(
        text: "flat:" + argument, advice: "say which file has the labels: flat:\(Self.form)")
    }
    guard query[.variable] == nil || MatlabFile.matches(labels) else {
      throw .badSpecifier(
        text: "flat:" + argument, advice: "only MATLAB's files have variables; leave out variable=")
    }
    guard [nil, Self.skip].contains(query[.unlisted]) else {
      throw .badSpecifier(text: "flat:" + argument, advice: "unlisted= is skip, or not there")
    }
    guard query[.ids] == nil || query[.first] == nil else {
      throw .badSpecifier(
        text: "flat:" + argument, advice: "with ids=, numbers are as that file has them; leave out first=")
    }
    self.labels = labels.expandingHome
    first = try LabelTexts.first(query[.first], of: "flat:" + argument)
  }

  private init(_ query: PathQuery<Choice>, first: Int) {
    (self.query, self.first) = (query, first)
    labels = query[.labels]?.expandingHome ?? ""
  }

  public var path: String { query.path }
  public var argument: String { query.argument }
  public var absolute: FlatFolder {
    FlatFolder(query.absolute(.labels, .ids), first: first)
  }
  public var displayName: String { DatasetCatalog.name(ofFolder: path) }

  public static func expectation(of manifest: DatasetManifest) -> String {
    "its images and the file of their labels"
  }

  public func splits(classes: [String]?) -> Set<DatasetSplit> { [] }

  public func open(_ request: LayoutRequest) throws(DatasetError) -> any ImageDataset {
    try requirePresence()
    let file = try labelsFile(request.roots)
    let contents = try FolderContents(below: path)
    if !request.allowsPartial {
      try contents.requireAllRead(in: path, remedy: "pass --allow-partial, which leaves them out")
    }
    guard !contents.images.isEmpty else {
      throw .badFolder(
        path: path, problem: "it holds no images (\(ImageDecoder.suffixList)), \(contents.insteadOfImages)")
    }
    var lines = try Self.lines(of: file, variable: query[.variable], for: contents.images, in: path)
    if let ids = query[.ids] { lines = try Self.renamed(lines, by: ids.expandingHome, labels: file) }
    var seen: Set<String> = []
    for line in lines where !seen.insert(line.path).inserted {
      throw .badList(
        file: file, line: line.number, problem: "\(line.path) has a label already; name each image once")
    }
    // Images that no line names have no labels.
    let named = Set(lines.map(\.path))
    let unnamed = contents.images.filter { !named.contains($0) }
    guard unnamed.isEmpty || request.allowsPartial || query[.unlisted] == Self.skip else {
      throw .badFolder(
        path: path,
        problem:
          "\(unnamed.count) of its \(contents.images.count) images have no label in \(file), the first being \(unnamed[0]); "
          + "complete it, or write &unlisted=skip, which leaves them out")
    }
    var leftOut = contents.leftOut
    leftOut.count(
      query[.unlisted] == Self.skip ? LeftOutFiles.otherRows : LeftOutFiles.unlabelled, unnamed.count)
    return try ListDataset(
      lines, file: file, expecting: "a label an image", name: request.name, role: request.role,
      classes: request.classes, firstLabel: first, allowPartial: request.allowsPartial, folder: path,
      leftOut: leftOut)
  }

  public func requirePresence() throws(DatasetError) {
    guard !DirectoryListing.isFolder(path) else { return }
    throw .notFound(
      what: "folder of images", path: path, advice: "it should hold the images that \(labels) has labels for")
  }

  /// Where the file of labels is: relative to the working folder, to the folder of images, or to the one it lies in.
  private func labelsFile(_ roots: [String]) throws(DatasetError) -> String {
    let places =
      [labels, path.appendingPath(labels), path.parentPath.appendingPath(labels)]
      + roots.map { $0.appendingPath(labels) }
    guard let file = places.first(where: DirectoryListing.exists) else {
      throw .notFound(
        what: "file of labels", path: labels,
        advice: "looked for \(places.joined(separator: ", ")); say where it is with labels=FILE")
    }
    return file
  }

  // MARK: Kinds of files

  private static func lines(
    of file: String, variable: String?, for images: [String], in folder: String
  ) throws(DatasetError) -> [ListLine] {
    if MatlabFile.matches(file) {
      let labels = try MatlabFile.integers(file, variable: variable)
      try requireOneEach(labels.count, of: file, line: 1, for: images, in: folder)
      return zip(labels, images).enumerated().map {
        ListLine(number: $0 + 1, path: $1.1, label: String($1.0))
      }
    }
    if file.lowercased().hasSuffix(".csv") || file.lowercased().hasSuffix(".tsv") {
      return try rows(of: file, for: images)
    }
    let texts = try TextFile.lines(of: file)
    guard let first = texts.first else { throw .badList(file: file, line: 1, problem: "it is empty") }
    let words = first.text.split(whereSeparator: \.isWhitespace)
    let byStem = stems(images)
    if words.count > 1, byStem[words[0]] != nil {
      // Names without suffixes, and labels that may have blanks.
      return try texts.map { (text) throws(DatasetError) in
        let parts = text.text.split(maxSplits: 1, whereSeparator: \.isWhitespace)
        guard parts.count == 2 else {
          throw .badList(
            file: file, line: text.number, problem: "expected the name of an image and its label")
        }
        return ListLine(
          number: text.number, path: byStem[parts[0]] ?? String(parts[0]), label: String(parts[1]))
      }
    }
    if words.count > 1, ImageDecoder.isImageFile(String(words[0])) {
      var lines: [ListLine] = []
      for text in texts {
        if let line = try ListLine.parse(text, file: file) { lines.append(line) }
      }
      return lines
    }
    try requireOneEach(texts.count, of: file, line: texts.last?.number ?? 1, for: images, in: folder)
    return zip(texts, images).map { ListLine(number: $0.number, path: $1, label: $0.text) }
  }

  private static func requireOneEach(
    _ count: Int, of file: String, line: Int, for images: [String], in folder: String
  ) throws(DatasetError) {
    guard count == images.count else {
      throw .badList(
        file: file, line: line,
        problem: "it has \(count) labels, but \(folder) has \(images.count) images; complete what is missing")
    }
  }

  /// A table of names, with or without suffix, and labels. Of Kaggle's `PredictionString`, the first word is the label: boxes
  /// follow it.
  private static func rows(of file: String, for images: [String]) throws(DatasetError) -> [ListLine] {
    let table = try DelimitedText(of: file)
    func column(_ names: [String], _ what: String) throws(DatasetError) -> Int {
      guard let index = table.columns.firstIndex(where: { names.contains($0.lowercased()) }) else {
        throw .badList(
          file: file, line: 1,
          problem:
            "no column is that of the \(what); call it \(names[0]), columns are \(table.columns.joined(separator: ", "))"
        )
      }
      return index
    }
    let name = try column(
      ["path", "image", "imageid", "image_id", "filename", "file_name", "file", "name", "id"], "image")
    let label = try column(["label", "predictionstring", "class", "category", "target", "y"], "label")
    let hasBoxes = table.columns[label].lowercased() == "predictionstring"
    let byStem = stems(images)
    return try table.rows.map { (row) throws(DatasetError) in
      let field = row.fields[label].trimmingCharacters(in: .whitespaces)
      let text = hasBoxes ? field.split(separator: " ").first.map(String.init) ?? "" : field
      guard !text.isEmpty else { throw .badList(file: file, line: row.line, problem: "its label is empty") }
      let path = row.fields[name]
      let isWhole = ImageDecoder.isImageFile(path)
      return ListLine(
        number: row.line, path: isWhole ? path : byStem[path[...]] ?? path, label: text)
    }
  }

  /// The images by their names without suffixes.
  private static func stems(_ images: [String]) -> [Substring: String] {
    Dictionary(
      images.map { ($0.dropLast(ImageDecoder.suffix(of: $0).utf8.count + 1), $0) },
      uniquingKeysWith: { first, _ in first })
  }

  /// The same with identifiers in place of numbers.
  private static func renamed(
    _ lines: [ListLine], by file: String, labels: String
  ) throws(DatasetError) -> [ListLine] {
    var identifiers: [String: String] = [:]
    if MatlabFile.matches(file) {
      for (number, identifier) in try MatlabFile.synsets(file) { identifiers[number] = identifier }
    }
    for line in MatlabFile.matches(file) ? [] : try TextFile.lines(of: file) {
      let words = line.text.split(maxSplits: 1, whereSeparator: \.isWhitespace).map(String.init)
      guard words.count == 2 else {
        throw .badList(file: file, line: line.number, problem: "expected a number and an identifier")
      }
      guard identifiers.updateValue(words[1], forKey: words[0]) == nil else {
        throw .badList(file: file, line: line.number, problem: "'\(words[0])' has another identifier already")
      }
    }
    return try lines.map { (line) throws(DatasetError) in
      guard let identifier = identifiers[line.label] else {
        throw .badList(
          file: labels, line: line.number, problem: "\(file) has no identifier for '\(line.label)'")
      }
      return ListLine(number: line.number, path: line.path, label: identifier)
    }
  }
}
