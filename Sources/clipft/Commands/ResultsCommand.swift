import ArgumentParser
import Checkpoint
import Experiments
import Foundation
import Training

struct ResultsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "results",
    abstract: "Everything that was scored of runs as one tidy table.",
    discussion: """
      A line for each run, dataset, alpha and metric, with its 95% interval, the number of images, precision and the hash of the \
      images: every curve of `clipft wise` and everything of `clipft eval-shift --run`, each score once. pandas and R read it in a \
      line:

        clipft results > results.csv
        clipft results runs/photos-lora runs/photos-full --format json
        python3 -c 'import pandas; print(pandas.read_csv("results.csv").query("metric == \\"top1\\""))'
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case csv, json
  }

  @Argument(help: ArgumentHelp("Run folders (default: every finished run under runs/).", valueName: "run"))
  var runs: [String] = []

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Lines of csv, or a JSON array of objects (default: csv, or json with --json).", valueName: "f"))
  var format: Format?

  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard format != .csv || !common.json else {
      throw ValidationError("--format csv and --json contradict each other; leave one of them away.")
    }
  }

  func run() throws {
    let workspace = try common.start()
    var results = ResultsTable()
    for folder in try RunFolder.finished(runs, workspace) {
      let record = try folder.record()
      for curve in try folder.keptCurves(warn: Terminal.warn) {
        guard curve.isWhole else {
          Terminal.say(
            "note: a curve of \(folder.url.lastPathComponent) is left out, as its alphas move \(curve.movement)"
          )
          continue
        }
        try results.add(curve, of: folder, record)
      }
      for file in try KeptPredictions.files(in: folder.predictionsFolder, warn: Terminal.warn) {
        guard file.weightsSHA256 == record.result?.tunedSha256 else {
          Terminal.warn("\(file.url.path) is of other weights than the run's; it is passed over.")
          continue
        }
        try results.add(file.scores, alpha: file.alpha, of: folder, record)
      }
    }
    if results.table.rows.isEmpty {
      Terminal.say(
        "note: nothing was scored yet; trace a run with `clipft wise`, or score it with `clipft eval-shift --run`"
      )
    }
    if format == .json || common.json {
      Terminal.print(String(decoding: try JSONFormat.encode(results.lines), as: UTF8.self))
    } else {
      Terminal.print(String(results.table.text().dropLast()))
    }
  }
}
