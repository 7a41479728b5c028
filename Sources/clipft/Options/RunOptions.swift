import ArgumentParser
import Experiments
import Foundation
import Training

/// Which run is meant.
struct RunOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp("Run folder (default: the newest finished one under runs/).", valueName: "dir"))
  var run: String?

  func folder(_ workspace: Workspace) throws -> RunFolder { try RunFolder.named(run, workspace) }

  /// Takes a run folder from among positional arguments that are datasets; what is left.
  func separating(_ words: [String]) throws -> (run: String?, others: [String]) {
    let places = words.filter { RunFolder(URL(fileURLWithPath: $0)).exists }
    guard places.count + (run == nil ? 0 : 1) <= 1 else {
      let named = ([run].compactMap { $0 } + places).map(ShellWord.quoted).joined(separator: " and ")
      throw ValidationError("\(named) are two runs; name one.")
    }
    return (run ?? places.first, words.filter { !places.contains($0) })
  }
}

/// Which run is meant, of a command that has no other positional arguments.
struct PositionalRunOptions: ParsableArguments {
  @Argument(help: ArgumentHelp("Run folder (default: --run).", valueName: "run"))
  var place: String?

  @OptionGroup var options: RunOptions

  func validate() throws {
    if let place, let run = options.run {
      throw ValidationError(
        "\(ShellWord.quoted(place)) and --run \(ShellWord.quoted(run)) are two runs; name one.")
    }
  }

  func folder(_ workspace: Workspace) throws -> RunFolder {
    try RunFolder.named(place ?? options.run, workspace)
  }

  /// The run, which may have come to stand behind `--datasets`, and what else stands there.
  func folder(
    _ workspace: Workspace, orAmong words: [String]
  ) throws -> (run: RunFolder, others: [String]) {
    var options = options
    options.run = place ?? options.run
    let (run, others) = try options.separating(words)
    return (try RunFolder.named(run, workspace), others)
  }
}

extension RunFolder {
  /// The run that was named, or the newest that is finished, of which the user is told.
  static func named(_ path: String?, _ workspace: Workspace) throws -> RunFolder {
    if let path { return RunFolder(URL(fileURLWithPath: path)) }
    let runs = all(in: workspace.runs)
    guard let index = runs.lastIndex(where: \.isFinished) else {
      let unfinished = runs.last.map { run in
        "finish \(run.shownPath) with `clipft finetune --resume \(ShellWord.quoted(run.shownPath))`, or name another with --run"
      }
      throw TrainingError.missingRun(
        path: workspace.runs.path,
        hint: unfinished ?? "make a run with `clipft finetune`, or name one with --run")
    }
    let newer = runs[(index + 1)...].map(\.shownPath)
    let passed =
      newer.isEmpty ? "" : "; \(newer.joined(separator: ", ")), newer, not finished or not readable"
    Terminal.say("run: \(runs[index].shownPath) (the newest that is finished\(passed))")
    return runs[index]
  }

  /// The runs named, else all under runs/ that are finished; which are not is said.
  static func finished(_ paths: [String], _ workspace: Workspace) throws -> [RunFolder] {
    guard paths.isEmpty else { return paths.map { RunFolder(URL(fileURLWithPath: $0)) } }
    return try all(in: workspace.runs).filter { folder in
      guard folder.isFinished else {
        Terminal.say("note: \(folder.shownPath) is left out: it is not finished, or cannot be read")
        return false
      }
      guard let missing = folder.missingFile(try folder.record()) else { return true }
      Terminal.say("note: \(folder.shownPath) is left out: \(missing)")
      return false
    }
  }

  /// The finished run that was written last.
  static func newest(in folder: URL) -> RunFolder? { all(in: folder).last(where: \.isFinished) }

  /// Whether there is something to score. A record that cannot be read is no finished run's.
  private var isFinished: Bool { (try? record())?.status == .finished }

  private var shownPath: String { url.relativePath }

  /// Whether images that select alpha or stand for the target were trained or selected on.
  private var scoresSeenImages: Bool {
    guard let data = try? record().data else { return false }
    return data.validation.overlaps?.isUnseen == false || data.test?.overlaps?.isUnseen == false
  }

  /// What to do with a run that is trained: a command to be pasted, which takes nothing away that was there before.
  var nextStep: String {
    let run = ShellWord.quoted(url.relativePath)
    guard FileManager.default.fileExists(atPath: curveFile.path) else {
      return "next: clipft wise \(run) --alphas 0:1:0.1" + (scoresSeenImages ? " --allow-overlap" : "")
    }
    let report = ShellWord.quoted(url.lastPathComponent + "-report")
    return "its curve is traced already; next: clipft report \(run) --out \(report)"
  }

  /// Every run below a folder, the oldest first.
  static func all(in folder: URL) -> [RunFolder] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    let runs = names.map { RunFolder(folder.appendingPathComponent($0)) }.filter(\.exists)
    func written(_ run: RunFolder) -> Date {
      let attributes = try? FileManager.default.attributesOfItem(atPath: run.recordFile.path)
      return attributes?[.modificationDate] as? Date ?? .distantPast
    }
    return runs.map { ($0, written($0)) }.sorted { ($0.1, $0.0.url.path) < ($1.1, $1.0.url.path) }.map(\.0)
  }
}
