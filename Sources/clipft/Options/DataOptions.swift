import ArgumentParser
import Datasets
import Experiments
import Foundation
import Training

/// Where images come from and what their classes are called.
struct DataOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Folder that holds the datasets of manifests (default: the run's, else $CLIPFT_DATA, clipft.yaml's or data).",
      valueName: "dir"))
  var dataRoot: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Class names of data without a manifest: a,b,c, a file with one a line, or - for standard input (default: those of the data).",
      valueName: "list"))
  var classes: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "File of prompts, one a line, with {} in the place of the class name; or \(Self.sevenPrompts), the seven that "
        + "do nearly as well as CLIP's 80 (default: the manifest's, else \(TrainingData.plainTemplates.joined())).",
      valueName: "file"))
  var templates: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "JSON file of prompts of each class, such as CuPL's, in place of templates: {\"name\": [\"prompt\", …], …} (default: none).",
      valueName: "file"))
  var descriptions: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "File of other names of the classes for prompts: identifier, tab and name a line, or a name a line; or \(Self.wordNetNames), "
        + "WordNet's for ImageNet (default: none, the classes' own).", valueName: "file"))
  var promptNames: String?

  @Flag(
    name: .long,
    help:
      "Take datasets whose number of images is not their manifest's; do not compare such scores with published ones."
  )
  var allowPartial = false

  private static let wordNetNames = "imagenet-wordnet-names.txt"
  private static let sevenPrompts = "imagenet-7-templates.txt"

  func validate() throws {
    guard descriptions == nil || (templates == nil && promptNames == nil) else {
      throw ValidationError(
        "Give either --descriptions, or --templates and --prompt-names: the first are whole prompts.")
    }
    guard classes != "-" || templates != "-" else {
      throw ValidationError("--classes and --templates cannot both be read from standard input.")
    }
  }

  func classNames() throws -> [String]? {
    guard let classes else { return nil }
    if classes == "-" { return try Self.names(in: Self.standardInput(), of: "standard input") }
    let path = classes.expandingHome
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue {
      return try Self.names(in: Self.contents(of: path), of: path)
    }
    // With a comma, it is a list: of one class, if it is the last.
    guard classes.contains(",") || !(path.contains("/") || path.lowercased().hasSuffix(".txt")) else {
      throw MissingInput(
        path: path, what: "file of class names (a single class called so is written '\(classes),')")
    }
    return try Self.listed(classes)
  }

  /// The options that say what prompts are, and whether they were given: for those who read none.
  var promptOptions: [(String, Bool)] {
    [
      ("--templates", templates != nil), ("--descriptions", descriptions != nil),
      ("--prompt-names", promptNames != nil),
    ]
  }

  /// The prompts of each class that the file of descriptions has, or that other names make of `templates`; nil where neither was
  /// given. What is not used of descriptions is said.
  func classDescriptions(_ classes: [DatasetClass], templates: [String]) throws -> [[String]]? {
    if let names = promptNames?.expandingHome {
      return try ClassDescriptions(names: names, templates: templates, for: classes).prompts
    }
    guard let file = descriptions?.expandingHome else { return nil }
    let read = try ClassDescriptions(contentsOf: file, for: classes)
    if let first = read.unused.first {
      Terminal.say(
        "note: \(file) describes \(read.unused.count) other classes, such as '\(first)'; they are not used")
    }
    return read.prompts
  }

  /// The prompts, each with a place for the class name.
  func prompts() throws -> [String]? {
    guard let templates else { return nil }
    if templates == "-" { return try Self.prompts(in: Self.standardInput(), of: "standard input") }
    let path = templates.expandingHome
    if !FileManager.default.fileExists(atPath: path), let known = DatasetCatalog.embeddedLines(of: templates)
    {
      return known
    }
    return try Self.prompts(in: Self.contents(of: path), of: path)
  }

  /// The names of `a,b,c`.
  private static func listed(_ text: String) throws -> [String] {
    var names = text.split(separator: ",", omittingEmptySubsequences: false).map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    if names.last?.isEmpty == true { names.removeLast() }
    guard !names.isEmpty else { throw ValidationError("--classes names no class; give a,b,c or a file.") }
    guard !names.contains("") else {
      throw ValidationError("--classes has an empty name between two commas; give a,b,c or a file.")
    }
    if let twice = names.first(where: { name in names.count { $0 == name } > 1 }) {
      throw ValidationError("--classes names '\(twice)' twice; name each class once.")
    }
    return names
  }

  /// The names of a file, none of which looks like something else than a name.
  private static func names(in data: Data, of file: String) throws -> [String] {
    let names = try TextFile.names(in: data, of: file)
    for line in try TextFile.lines(in: data, of: file) {
      if line.text.contains("\t") {
        throw DatasetError.badList(
          file: file, line: line.number, problem: "it has several columns; write the name of a class alone")
      }
      if line.text.hasPrefix("# ") || (names.count == 1 && line.text.contains(",")) {
        throw DatasetError.badList(
          file: file, line: line.number,
          problem:
            "'\(line.text)' is no name of a class; write one a line, without comments or commas between")
      }
    }
    return names
  }

  private static func prompts(in data: Data, of file: String) throws -> [String] {
    let lines = try TextFile.lines(in: data, of: file)
    guard !lines.isEmpty else {
      throw DatasetError.badList(file: file, line: 1, problem: "it is empty; write one prompt a line")
    }
    for line in lines where !line.text.contains("{}") {
      throw DatasetError.badList(
        file: file, line: line.number, problem: "the prompt '\(line.text)' has no {} for the class name")
    }
    return lines.map(\.text)
  }

  private static func contents(of path: String) throws -> Data {
    guard FileManager.default.fileExists(atPath: path) else {
      throw MissingInput(path: path, what: "text file")
    }
    do {
      return try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      throw DatasetError.unreadable(path: path, reason: "check that it is a file, and its permissions")
    }
  }

  /// Read once, however often it is asked for.
  private static let input = FileHandle.standardInput.readDataToEndOfFile()
  private static func standardInput() -> Data { input }
}
