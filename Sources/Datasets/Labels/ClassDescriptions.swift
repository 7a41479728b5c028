import Checkpoint
import Foundation

/// Prompts of each class, such as descriptions that a language model wrote (CuPL, Pratt et al., ICCV 2023): a JSON object of the
/// names, or identifiers, of classes, each with a list of prompts; `{}` in one is the place of the name.
public struct ClassDescriptions: Sendable, Equatable {
  /// By class, in the order of labels.
  public let prompts: [[String]]
  /// What the file names and is none of the classes.
  public let unused: [String]
  /// Of the file.
  public let sha256: String

  private static let largestFile = 1 << 28
  private static let mostPrompts = 10_000

  /// Reads the file for some classes. Throws unless it has prompts for each.
  public init(contentsOf file: String, for classes: [DatasetClass]) throws(DatasetError) {
    let data = try FileReading.contents(of: file, limit: Self.largestFile)
    let all: [String: [String]]
    do {
      all = try JSONDecoder().decode([String: [String]].self, from: data)
    } catch {
      throw .badList(
        file: file, line: 1,
        problem: "it is no file of descriptions: expected {\"class name\": [\"prompt\", …], …} in JSON")
    }
    let lookup = ClassLookup(classes)
    var prompts = [[String]?](repeating: nil, count: classes.count)
    var unused: [String] = []
    for (name, texts) in all.sorted(by: { String.bytewise($0.key, $1.key) }) {
      let found = lookup.candidates(for: name)
      if found.isEmpty { unused.append(name) }
      guard !texts.isEmpty, texts.count <= Self.mostPrompts, texts.allSatisfy({ !$0.isEmpty }) else {
        throw .badList(
          file: file, line: 1,
          problem: "'\(name)' has \(texts.count) prompts or an empty one; give 1 to \(Self.mostPrompts)")
      }
      // Classes of one name share what is said of it.
      for index in found {
        guard prompts[index] == nil else {
          throw .badList(
            file: file, line: 1, problem: "two of its names mean class '\(classes[index].name)'; keep one")
        }
        prompts[index] = texts.map { $0.replacing("{}", with: classes[index].name) }
      }
    }
    let missing = prompts.indices.filter { prompts[$0] == nil }
    guard missing.isEmpty else {
      let names = missing.prefix(5).map { "'\(classes[$0].name)'" }.joined(separator: ", ")
      throw .unknownClasses(
        "\(file) has no prompts for \(missing.count) of the \(classes.count) classes: \(names)"
          + (missing.count > 5 ? ", …" : "") + "; add them, by name or identifier")
    }
    self.prompts = prompts.compactMap(\.self)
    self.unused = unused
    sha256 = ContentHash.sha256(of: data)
  }

  /// Prompts of other names: a file with a line `identifier<TAB>name` for each class, or a name a line in their order. Each class
  /// has every template with its name there.
  public init(
    names file: String, templates: [String], for classes: [DatasetClass]
  ) throws(DatasetError) {
    let data: Data
    if let known = DatasetCatalog.embedded(file), !DirectoryListing.exists(file) {
      data = known
    } else {
      data = try FileReading.contents(of: file, limit: Self.largestFile)
    }
    let lines = try TextFile.lines(in: data, of: file)
    var names: [String: String] = [:]
    let isByIdentifier = lines.contains { $0.text.contains("\t") }
    if !isByIdentifier {
      guard lines.count == classes.count else {
        throw .badList(
          file: file, line: lines.last?.number ?? 1,
          problem:
            "it has \(lines.count) names for \(classes.count) classes; write one a line, or identifier, tab and name"
        )
      }
      for (one, line) in zip(classes, lines) { names[one.id] = line.text }
    }
    for line in isByIdentifier ? lines : [] {
      let fields = line.text.split(separator: "\t", omittingEmptySubsequences: false).map {
        $0.trimmingCharacters(in: .whitespaces)
      }
      guard fields.count == 2, !fields[0].isEmpty, !fields[1].isEmpty else {
        throw .badList(file: file, line: line.number, problem: "expected an identifier, a tab and a name")
      }
      guard names.updateValue(fields[1], forKey: fields[0]) == nil else {
        throw .badList(file: file, line: line.number, problem: "'\(fields[0])' has a name already")
      }
    }
    if let missing = classes.first(where: { names[$0.id] == nil }) {
      throw .unknownClasses("\(file) has no name for '\(missing.id)' (\(missing.name)); add it")
    }
    prompts = classes.map { one in
      templates.map { $0.replacing("{}", with: names[one.id] ?? one.name) }
    }
    let own = Set(classes.map(\.id))
    unused = isByIdentifier ? names.keys.filter { !own.contains($0) }.sorted(by: String.bytewise) : []
    sha256 = ContentHash.sha256(of: data)
  }

  public var count: Int { prompts.reduce(0) { $0 + $1.count } }
}
