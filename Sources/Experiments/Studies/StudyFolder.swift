import Checkpoint
import Foundation
import TensorCore
import Training

/// What a study was begun with: all that its runs need beside its file, wherever they are run.
public struct StudySettings: Codable, Sendable, Equatable {
  static let currentFormat = 1
  var formatVersion = StudySettings.currentFormat
  /// The working folder, to which paths of the file are relative.
  public var root: String
  /// What is taken where the study says nothing, as `clipft.yaml` and the environment have it.
  public var model: String
  public var dataset: String
  public var dataRoot: String
  public var seed: UInt64
  public var precision: Precision
  /// Where runs lie, which studies share.
  public var cells: String
  /// `key=value`, over everything that the study says.
  public var assignments: [String]

  public init(
    root: String, model: String, dataset: String, dataRoot: String, seed: UInt64, precision: Precision,
    cells: String, assignments: [String] = []
  ) {
    (self.root, self.model, self.dataset, self.dataRoot) = (root, model, dataset, dataRoot)
    (self.seed, self.precision, self.cells, self.assignments) = (seed, precision, cells, assignments)
  }
}

extension StudySettings {
  /// In what they differ from others, in words, as these have it.
  public func changes(from others: StudySettings) -> [String] {
    let pairs = [
      ("model", model, others.model), ("data", dataset, others.dataset),
      ("data root", dataRoot, others.dataRoot),
      ("seed", "\(seed)", "\(others.seed)"), ("precision", precision.rawValue, others.precision.rawValue),
      ("runs in", cells, others.cells), ("paths relative to", root, others.root),
      (
        "--set", assignments.isEmpty ? "nothing" : assignments.joined(separator: " "),
        others.assignments.isEmpty ? "nothing" : others.assignments.joined(separator: " ")
      ),
    ]
    return pairs.filter { $0.1 != $0.2 }.map { "\($0.0) \($0.1)" }
  }
}

/// The folder of a study: what it is, and what became of those runs that failed. All else is in the folders of the runs.
///
/// Files are written under temporary names and renamed; nothing needs a lock or a server.
public struct StudyFolder: Sendable {
  public let url: URL

  public init(_ url: URL) { self.url = url.standardizedFileURL }

  var studyFile: URL { url.appendingPathComponent("study.yaml") }
  var settingsFile: URL { url.appendingPathComponent("study.json") }
  var planFile: URL { url.appendingPathComponent("plan.json") }
  var costsFile: URL { url.appendingPathComponent("costs.json") }
  public var logs: URL { url.appendingPathComponent("logs") }
  public var report: URL { url.appendingPathComponent("report") }
  public var results: URL { url.appendingPathComponent("results") }
  var failures: URL { url.appendingPathComponent("failures") }

  public var exists: Bool { FileManager.default.fileExists(atPath: settingsFile.path) }

  /// What was written when the study was begun or changed.
  public func settings() throws -> StudySettings {
    guard exists else {
      throw TrainingError.missingInput(
        path: url.relativePath, what: "a study",
        advice: "begin it with `clipft study run FILE`, or name its folder or its file")
    }
    let remedy = "run the study again with `clipft study run`, which writes it anew"
    let data = try OwnFile.reading(settingsFile, remedy: remedy) { try InputFile.read(settingsFile) }
    do {
      let settings = try JSONFormat.decode(StudySettings.self, from: data)
      guard settings.formatVersion == StudySettings.currentFormat else {
        throw TrainingError.badCheckpoint(
          file: settingsFile.path, problem: "it is of another version of this program; \(remedy)")
      }
      return settings
    } catch let error as DecodingError {
      throw TrainingError.badCheckpoint(
        file: settingsFile.path, problem: "it is no record of a study\(error.asJSONProblem); \(remedy)")
    }
  }

  /// The study's file as it was when it was begun or changed last, and the study.
  public func text() throws -> String { try SpecFile.text(of: studyFile) }
  public func study() throws -> Study { try Study.reading(studyFile) }

  /// Throws where the folder holds a study of another name, or one of which that cannot be known.
  func requireSame(_ study: Study) throws {
    guard FileManager.default.fileExists(atPath: studyFile.path) else { return }
    let held: String
    do {
      held = try self.study().name
    } catch let error as any ClassifiedError {
      throw TrainingError.badCheckpoint(
        file: url.relativePath,
        problem:
          "its study.yaml cannot be read, so that nobody knows which study it is of (\(error.description.asClause)); "
          + "remove that file if it is of \(study.name), and it is written anew")
    }
    guard held != study.name else { return }
    throw TrainingError.otherSettings(
      path: url.relativePath, problem: "holds the study \(held), not \(study.name); choose another --out")
  }

  /// Notes what is to be run. Throws where the folder holds something else.
  public func write(_ text: String, _ settings: StudySettings) throws {
    if !exists { try NewOutput.requireFree(url) { RunLock.isLockName($0) || TemporaryFiles.isTemporary($0) } }
    for folder in [url, logs, failures] { try Self.make(folder) }
    try AtomicFile.write(text, to: studyFile)
    try AtomicFile.write(JSONFormat.encode(settings), to: settingsFile)
  }

  static func make(_ folder: URL) throws(CheckpointError) {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw .cannotCreate(file: folder.path, reason: "the folder cannot be made")
    }
  }
}

extension Study {
  /// Reads a study's file, or the preset of that name.
  ///
  /// Throws where there is neither, or where something is wrong in it, with the line.
  public static func named(_ argument: String) throws -> (study: Study, text: String) {
    if let preset = StudyPresets.text(named: argument), !FileManager.default.fileExists(atPath: argument) {
      return (try reading(preset, path: argument), preset)
    }
    let url = URL(fileURLWithPath: argument.expandingHome)
    guard FileManager.default.fileExists(atPath: url.path) else {
      let names = StudyPresets.all.map(\.name)
      let hint = Spelling.nearest(to: argument, in: names).map { ", did you mean \($0)" } ?? ""
      throw TrainingError.missingInput(
        path: argument, what: "a study",
        advice: "name a file, or one of the presets \(names.joined(separator: ", "))\(hint)")
    }
    let text = try SpecFile.text(of: url)
    return (try reading(text, path: url.relativePath), text)
  }

  static func reading(_ file: URL) throws -> Study {
    try reading(SpecFile.text(of: file), path: file.relativePath)
  }

  /// `path` is what messages call it by. Throws with the line of what is wrong.
  static func reading(_ text: String, path: String) throws -> Study {
    try StudyReader(file: SpecFile(text: text, path: path, keepsHeader: true)).study()
  }
}
