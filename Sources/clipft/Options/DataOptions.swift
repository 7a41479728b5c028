import ArgumentParser
import Datasets
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
      "Class names of data without a manifest: a,b,c or a file with one a line (default: those of the data).",
      valueName: "list"))
  var classes: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "File of prompts, one a line, with {} in the place of the class name; or \(Self.sevenPrompts), the seven that "
        + "do nearly as well as CLIP's 80 (default: the manifest's, else \(TrainingData.plainTemplates.joined())).",
      valueName: "file"))
  var templates: String?

  @Flag(
    name: .long,
    help:
      "Take datasets whose number of images is not their manifest's; do not compare such scores with published ones."
  )
  var allowPartial = false

  func classNames() throws -> [String]? {
    guard let names = try listedNames() else { return nil }
    if let twice = names.first(where: { name in names.count { $0 == name } > 1 }) {
      throw ValidationError("--classes names '\(twice)' twice; name each class once.")
    }
    return names
  }

  private func listedNames() throws -> [String]? {
    guard let classes else { return nil }
    if FileManager.default.fileExists(atPath: classes) { return try Self.lines(of: classes) }
    // Nobody calls a class so.
    guard !classes.contains("/"), !classes.hasSuffix(".txt") else {
      throw MissingInput(path: classes, what: "file of class names")
    }
    let names = classes.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter {
      !$0.isEmpty
    }
    guard !names.isEmpty else { throw ValidationError("--classes names no class; give a,b,c or a file.") }
    return names
  }

  private static let sevenPrompts = "imagenet-7-templates.txt"

  func prompts() throws -> [String]? {
    try templates.map { name in
      if !FileManager.default.fileExists(atPath: name), let known = DatasetCatalog.embeddedLines(of: name) {
        return known
      }
      return try Self.lines(of: name)
    }
  }

  static func lines(of path: String) throws -> [String] {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw MissingInput(path: path, what: "text file (UTF-8)")
    }
    let lines = text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty }
    guard !lines.isEmpty else { throw MissingInput(path: path, what: "line with text in the file") }
    return lines
  }
}
