import ArgumentParser
import Foundation
import Training

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "One HTML report of runs whose curves `clipft wise` has traced.",
    discussion: """
      Takes every run under runs/ that has a curve, or the runs named. Writes report.html, report.json, figure.svg and \
      results.csv.

        clipft report --out report
        clipft report runs/photos-full runs/photos-lora --datasets folder:sketches --out report
      """)

  @Argument(
    help: ArgumentHelp("Run folders (default: every run under runs/ that has a curve).", valueName: "run"))
  var runs: [String] = []

  @Option(name: .long, help: ArgumentHelp("Folder to write to.", valueName: "dir"))
  var out: String

  @Option(
    name: .long, parsing: .upToNextOption,
    help: ArgumentHelp(
      "The shifts the curves were traced on (default: the family's).", valueName: "data"))
  var datasets: [String] = []

  @OptionGroup var data: DataOptions
  @OptionGroup var common: CommonOptions

  func run() throws {
    let workspace = try common.start()
    let folders =
      runs.isEmpty ? RunFolder.all(in: workspace.runs) : runs.map { RunFolder(URL(fileURLWithPath: $0)) }
    var traced: [(run: LoadedRun, curve: WiseCurve)] = []
    for folder in folders {
      guard let curve = folder.curve() else {
        guard runs.isEmpty else {
          throw TrainingError.missingRun(
            path: folder.url.path, hint: "trace its curve first with `clipft wise --run`")
        }
        continue
      }
      traced.append((try LoadedRun.load(folder), curve))
    }
    guard let first = traced.first else {
      throw TrainingError.missingRun(
        path: workspace.runs.path, hint: "no run there has a curve; make one with `clipft wise`")
    }
    for (run, curve) in traced {
      let other = run.folder.url.relativePath
      guard run.hasSameModel(as: first.run) else {
        throw TrainingError.badSetting(
          "\(other) has another model or other classes than \(first.run.folder.url.relativePath); name runs that can be "
            + "compared.")
      }
      guard !curve.hasSameDatasets(as: first.curve) else { continue }
      throw TrainingError.badSetting(
        "\(other) was traced on other datasets than \(first.run.folder.url.relativePath); trace both on the same with "
          + "`clipft wise --datasets`.")
    }
    let suite = try EvaluationSuite.open(
      for: first.run.record, named: datasets, dataRoot: data.dataRoot, workspace: workspace)
    let scored =
      [first.curve.points.first?.target.dataset] + (first.curve.points.first?.shifts.map(\.dataset) ?? [])
    guard scored.compactMap({ $0 }) == [suite.target.name] + suite.shifts.map(\.name) else {
      throw TrainingError.badSetting(
        "The curves were traced on \(scored.compactMap { $0 }.joined(separator: ", ")); name these shifts with --datasets."
      )
    }
    let dataRoot = data.dataRoot ?? first.run.record.data.request.dataRoot
    let page = try ReportSession.write(
      traced, suite: suite, catalog: workspace.catalog(dataRoot: dataRoot),
      title: "CLIP fine-tuning and robustness",
      subtitle: "\(first.run.record.data.name): target accuracy against shifts, along alpha",
      to: URL(fileURLWithPath: out))
    try common.output(["report": page.path]) { "report: \(page.path)" }
  }
}

extension WiseCurve {
  fileprivate func hasSameDatasets(as other: WiseCurve) -> Bool {
    func names(_ curve: WiseCurve) -> [String]? {
      curve.points.first.map { [$0.target.dataset] + $0.shifts.map(\.dataset) }
    }
    return names(self) == names(other)
  }
}

extension LoadedRun {
  fileprivate func hasSameModel(as other: LoadedRun) -> Bool {
    record.model.sha256 == other.record.model.sha256 && record.data.classes == other.record.data.classes
  }
}
