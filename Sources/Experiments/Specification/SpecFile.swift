import Foundation
import Training
import Yams

/// A specification as a file has it, YAML or JSON: a tree, and the lines that its keys stand in.
public struct SpecFile: Sendable {
  public let path: String
  /// A map.
  public let tree: SpecValue
  /// By path of the key.
  public let lines: [String: Int]
  /// Which key of all comes when, by path: those of one line have an order, too.
  let order: [String: Int]
  /// Whether it says of itself that it is a recipe.
  public let isRecipe: Bool

  private static let largest = 1 << 18
  /// Aliases may make much of little.
  private static let mostValues = 20_000
  private static let deepest = 16

  /// Reads a file; of a run's record or a recipe, the specification in it.
  public init(reading url: URL) throws {
    try self.init(text: Self.text(of: url), path: url.relativePath)
  }

  /// The text of a file. Throws where it is not there, or is no text of a size that a specification has.
  static func text(of url: URL) throws -> String {
    let path = url.relativePath
    guard FileManager.default.fileExists(atPath: url.path) else {
      throw TrainingError.missingInput(
        path: path, what: "a specification", advice: "name a recipe in YAML, or a run's run.json")
    }
    let data: Data
    do {
      // Nothing is read from an empty file.
      data = try FileHandle(forReadingFrom: url).read(upToCount: Self.largest + 1) ?? Data()
    } catch {
      throw SpecError(place: path, problem: "it cannot be read; see that it is a file, and its permissions")
    }
    guard data.count <= Self.largest else {
      throw SpecError(place: path, problem: "it is larger than \(Self.largest >> 10) KiB: no specification")
    }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw SpecError(place: path, problem: "it is not UTF-8 text")
    }
    return text
  }

  /// `keepsHeader` leaves what a recipe's file says of itself.
  public init(text: String, path: String, keepsHeader: Bool = false) throws(SpecError) {
    self.path = path
    // The parser goes into itself for each level.
    var depth = 0
    for character in text.utf8 {
      if character == UInt8(ascii: "[") || character == UInt8(ascii: "{") { depth += 1 }
      if character == UInt8(ascii: "]") || character == UInt8(ascii: "}") { depth -= 1 }
      guard depth <= 2 * Self.deepest else {
        throw SpecError(place: path, problem: "it is nested too deeply for a specification")
      }
    }
    let root: Yams.Node?
    do {
      root = try Yams.compose(yaml: text)
    } catch YamlError.duplicatedKeysInMapping(let duplicates, let context) {
      throw SpecError(
        place: "\(path), line \(context.mark.line)",
        problem: "\(duplicates.first ?? "a key") is set twice in one place; leave one away")
    } catch {
      throw SpecError(
        place: Self.place(path, of: error),
        problem:
          "it is neither YAML nor JSON; see the indentation there (spaces, no tabs), and quotes and brackets that are not closed"
      )
    }
    guard let root, root.mapping != nil else {
      throw SpecError(
        place: path,
        problem:
          "it has no keys; begin from what `clipft finetune … --print-spec` prints, or of a study `clipft study show`"
      )
    }
    var reading = Reading(path: path)
    var tree = try reading.value(root, under: [])
    var lines = reading.lines
    order = reading.order
    // A run's record holds more than its specification, and so does a recipe, which stands on its own.
    isRecipe = tree["summary"] != nil && !keepsHeader
    if let format = tree["format_version"], !keepsHeader {
      let current = RunRecord.currentFormat
      guard format == .integer(Int64(current)) else {
        throw SpecError(
          place: lines["format_version"].map { "\(path), line \($0)" } ?? path,
          problem:
            "format_version is '\(format.text)', and this program reads records of format \(current); print the "
            + "specification with the clipft that wrote it (--print-spec), or write one anew")
      }
      guard tree["spec"]?.map != nil else {
        throw SpecError(
          place: path, problem: "it is a run's record without a specification; give one that clipft wrote")
      }
    }
    if tree["format_version"] != nil || isRecipe, let own = tree["spec"] {
      tree = own
      if isRecipe, tree["recipe"] == nil { _ = tree.set("recipe", to: .null) }
      lines = Dictionary(
        uniqueKeysWithValues: lines.compactMap { key, line in
          key.hasPrefix("spec.") ? (String(key.dropFirst("spec.".count)), line) : nil
        })
    }
    self.tree = tree
    self.lines = lines
  }

  /// A piece of a file, with the lines of its keys there.
  init(path: String, tree: SpecValue, lines: [String: Int], isRecipe: Bool) {
    (self.path, self.tree, self.lines, self.isRecipe) = (path, tree, lines, isRecipe)
    order = [:]
  }

  /// File and line of a key, or of the nearest above it that has one.
  public func place(of key: String) -> String {
    nearestLine(of: key).map { "\(path), line \($0)" } ?? path
  }

  /// The line of a key, or of the nearest above it that has one.
  func nearestLine(of key: String) -> Int? {
    var parts = key.split(separator: ".")
    while !parts.isEmpty {
      if let line = lines[parts.joined(separator: ".")] { return line }
      parts.removeLast()
    }
    return nil
  }

  private static func place(_ path: String, of error: any Error) -> String {
    switch error as? YamlError {
    case .scanner(_, _, let mark, _)?, .parser(_, _, let mark, _)?, .composer(_, _, let mark, _)?:
      "\(path), line \(mark.line)"
    default: path
    }
  }

  private struct Reading {
    let path: String
    var lines: [String: Int] = [:]
    var order: [String: Int] = [:]
    var count = 0

    mutating func value(_ node: Yams.Node, under keys: [String]) throws(SpecError) -> SpecValue {
      count += 1
      func here(_ problem: String) -> SpecError {
        SpecError(place: node.mark.map { "\(path), line \($0.line)" } ?? path, problem: problem)
      }
      guard count <= SpecFile.mostValues, keys.count <= SpecFile.deepest else {
        throw here("it holds more than a specification can")
      }
      // A tag says what a value is to be made into, which nothing here does.
      guard Self.tag(node).isEmpty else {
        throw here("the tag \(Self.tag(node)) is not followed; write the value without it")
      }
      switch node {
      case .scalar(let scalar): return Self.value(scalar, node)
      case .sequence(let sequence):
        var values: [SpecValue] = []
        for (index, element) in sequence.enumerated() {
          values.append(try value(element, under: keys + ["\(index)"]))
        }
        return .list(values)
      case .mapping(let mapping):
        var values: [String: SpecValue] = [:]
        for (key, element) in mapping {
          guard let scalar = key.scalar, !scalar.string.isEmpty else { throw here("a key is no word") }
          let (name, tag) = (scalar.string, scalar.tag.rawValue)
          guard tag.isEmpty || tag.hasPrefix(Self.standardTags) else {
            throw here("the tag \(tag) is not followed; write \(name) without it")
          }
          let path = keys + [name]
          if let line = key.mark?.line { lines[path.joined(separator: ".")] = line }
          order[path.joined(separator: ".")] = order.count
          guard values.updateValue(try value(element, under: path), forKey: name) == nil else {
            throw here("\(path.joined(separator: ".")) is set twice; leave one away")
          }
        }
        return .map(values)
      default: throw here("aliases are not followed; write the value itself")
      }
    }

    /// The parser gives keys these when it compares them.
    private static let standardTags = "tag:yaml.org,2002:"

    /// As it is written; empty where there is none. What is in quotes is text to the parser, tagged so or not.
    private static func tag(_ node: Yams.Node) -> String {
      if let scalar = node.scalar, scalar.style != .plain, scalar.tag.rawValue == standardTags + "str" {
        return ""
      }
      let tag =
        switch node {
        case .scalar(let scalar): scalar.tag
        case .mapping(let mapping): mapping.tag
        case .sequence(let sequence): sequence.tag
        case .alias(let alias): alias.tag
        }
      return tag.rawValue.replacing(standardTags, with: "!!", maxReplacements: 1)
    }

    private static func value(_ scalar: Yams.Node.Scalar, _ node: Yams.Node) -> SpecValue {
      guard scalar.style == .plain else { return .text(scalar.string) }
      return SpecValue(word: scalar.string)
    }
  }
}

extension SpecValue {
  /// What a plain word means, in a file as after `--set key=`: nothing, a switch, a number, or itself.
  public init(word: String) {
    switch word {
    case "", "~", "null", "none": self = .null
    case "true": self = .flag(true)
    case "false": self = .flag(false)
    default:
      if let value = Int64(word) {
        self = .integer(value)
      } else if let value = UInt64(word) {
        self = .natural(value)
      } else if let value = Double(word), value.isFinite, word.first?.isLetter == false {
        self = .number(value)
      } else {
        self = .text(word)
      }
    }
  }
}
