import ArgumentParser
import Checkpoint
import Experiments
import Foundation
import TensorCore

extension StudyCommand {
  struct Report: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "What a study found: its questions answered with intervals, and which method to take.",
      discussion: """
        Writes report.html, study.json with the answers, every figure under figures/ (SVG, and PDF and PNG where \
        rsvg-convert is installed) and every table under tables/. Questions that the study's methods, sets or axes do not allow are said to be not asked.

          clipft study report study.yaml
          clipft study report studies/shapes --out report --json
        """)
    @OptionGroup var study: StudyReading

    @Option(
      name: .long,
      help: ArgumentHelp("Folder to write to (default: report in the study's folder).", valueName: "dir"))
    var out: String?

    @OptionGroup var common: CommonOptions

    func run() throws {
      let workspace = try common.start()
      // Before the study's own folder is gone to.
      let given = out.map { URL(fileURLWithPath: HomePath.expanded($0)).standardizedFileURL }
      let (folder, ledger) = try study.begun(workspace)
      let place = given ?? folder.report
      let document = try StudyAnalyst(StudySource(ledger, warn: Terminal.warn)).document()
      for note in try StudyReportWriter(place).write(document) { Terminal.say("note: \(note)") }
      let answers = document.answers
      for failure in answers.failed { Terminal.warn("\(failure.run) failed: \(failure.reason)") }
      try common.output(answers) {
        let claims = answers.questions.flatMap { question in
          question.claims.map { "\($0.statement): \($0.verdict.rawValue)" }
        }
        return
          (["\(answers.study): \(Figures.count(answers.done)) of \(Figures.count(answers.runs)) runs"]
          + StudyReading.lacking(answers.missing, answers.failed.map(\.run)) + claims
          + ["report: \(StudySession.shown(place.appendingPathComponent(StudyReportWriter.page)))"])
          .joined(separator: "\n")
      }
    }
  }
}
