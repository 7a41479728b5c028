import ArgumentParser
import Checkpoint
import Experiments
import Foundation
import TensorCore

extension StudyCommand {
  struct Collect: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "One tidy table of everything that a study's runs scored, and means over seeds.",
      discussion: """
        Writes results.csv, a line a value with its exact interval; search.csv of the same of a search's runs; and tables/units.csv, \
        .md and .tex, the means over seeds at alpha 0, 1 and the selected. Nothing in them is of a machine or a time: the same study \
        gives the same bytes.

          clipft study collect study.yaml
          clipft study collect studies/shapes --out tables --json
        """)
    @OptionGroup var study: StudyReading

    @Option(
      name: .long,
      help: ArgumentHelp("Folder to write to (default: results in the study's folder).", valueName: "dir"))
    var out: String?

    @OptionGroup var common: CommonOptions

    func run() throws {
      let workspace = try common.start()
      // Before the study's own folder is gone to.
      let given = out.map { URL(fileURLWithPath: HomePath.expanded($0)).standardizedFileURL }
      let (folder, ledger) = try study.begun(workspace)
      let place = given ?? folder.results
      let summary = try StudyCollector(StudySource(ledger, warn: Terminal.warn)).write(
        to: place)
      for failure in summary.failed { Terminal.warn("\(failure.run) failed: \(failure.reason)") }
      try common.output(summary) {
        var lines = [
          "\(summary.study): \(Figures.count(summary.done)) of \(Figures.count(summary.runs)) runs, "
            + "\(Figures.count(summary.lines)) lines, \(Figures.count(summary.units)) means: "
            + StudySession.shown(place)
        ]
        lines += StudyReading.lacking(summary.missing, summary.failed.map(\.run))
        return lines.joined(separator: "\n")
      }
    }
  }
}

/// A study that was begun, for commands whose --out is not its folder.
struct StudyReading: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "A study's file, its folder, or the name of a preset (clipft study list).", valueName: "study"))
  var study: String

  func begun(_ workspace: Workspace) throws -> (folder: StudyFolder, ledger: StudyLedger) {
    var argument = StudyArgument()
    (argument.study, argument.out) = (study, nil)
    return try argument.begun(workspace)
  }

  private static let mostNamed = 5

  /// Runs that are not in what was written, a line each kind.
  static func lacking(_ missing: [String], _ failed: [String]) -> [String] {
    [(missing, "not done"), (failed, "failed")].compactMap { names, what in
      guard !names.isEmpty else { return nil }
      let rest = names.count - mostNamed
      return "\(Figures.count(names.count)) runs \(what): \(names.prefix(mostNamed).joined(separator: "; "))"
        + (rest > 0 ? "; and \(Figures.count(rest)) more" : "")
    }
  }
}
