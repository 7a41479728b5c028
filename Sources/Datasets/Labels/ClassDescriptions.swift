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

  public var count: Int { prompts.reduce(0) { $0 + $1.count } }
}
