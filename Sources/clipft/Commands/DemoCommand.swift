import ArgumentParser
import CLIPCore
import Checkpoint
import Datasets
import Experiments
import Foundation
import PEFT
import Report
import TensorCore
import Training
import WiSE

struct DemoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "The whole story on the embedded world: pre-train, fine-tune, interpolate, score, report.",
    discussion: """
      Draws the world's images, trains a small CLIP on captioned ones, fine-tunes it by each method on the target \
      domain, traces every method from pre-trained to fine-tuned over the target and four shifts, and writes a report. \
      Stopped with Ctrl-C, the same command continues where it was. The methods are a study's runs, so that all that is said of \
      studies holds for DIR/study.

        clipft demo --out clipft-demo
        clipft demo --out clipft-demo-1 --seed 1
        clipft study collect clipft-demo/study
      """)

  @Option(name: .long, help: ArgumentHelp("Folder for everything the demo makes.", valueName: "dir"))
  var out = "clipft-demo"

  @Option(name: .long, help: "Seed of everything random.")
  var seed: UInt64 = 0

  @Option(name: .long, help: "Alphas of the curves.")
  var alphas = "0:1:0.1"

  @Option(name: .long, help: ArgumentHelp("Methods, separated by commas.", valueName: "list"))
  var methods = "full,linear,bitfit,ssf,lora"

  @OptionGroup var common: CommonOptions

  func run() throws {
    let workspace = try common.start()
    let start = Date()
    let demo = DemoFolder(URL(fileURLWithPath: out))
    let chosen = try methods.split(separator: ",").map {
      type(of: try MethodRegistry.method(named: String($0))).name
    }
    guard !chosen.isEmpty else { throw ValidationError("--methods names no method.") }
    try demo.requireSame(seed: seed)
    let planner = try demo.planner(
      methods: chosen, alphas: AlphaGrid(parsing: alphas), seed: seed, precision: common.precision?.precision)
    sayHowToContinue()
    do {
      try FileManager.default.createDirectory(at: demo.url, withIntermediateDirectories: true)
    } catch {
      throw CheckpointError.cannotCreate(file: demo.url.path, reason: "the folder cannot be made")
    }
    let lock = try RunLock.acquire(demo.url)
    defer { lock.release() }
    // Another process may have begun a demo there meanwhile.
    try demo.requireSame(seed: seed)
    let catalog = workspace.catalog(dataRoot: demo.data.path)

    Terminal.heading("1/4  drawing the embedded world into \(out)/data")
    _ = try WorldSets.draw(in: demo.data.path, seed: seed, catalog: catalog)

    Terminal.heading("2/4  pre-training a small CLIP on captioned images of every style")
    if !WorldModel.isTrained(in: demo.model) {
      _ = try PretrainingSession.run(WorldModel.job(seed: seed, folder: demo.model))
    }

    Terminal.heading("3/4  fine-tuning on the target domain, and tracing each curve")
    let ledger = try StudySession.plan(planner)
    try StudySession.runHere(
      ledger, demo.study, workspace, jobs: nil, only: [], continuing: ShellWord.thisCommand)
    try StudySession.requireDone(ledger, demo.study, only: [])

    Terminal.heading("4/4  writing the report")
    let (traced, peak) = try traced(ledger)
    guard let first = traced.first?.run else { throw ValidationError("--methods names no method.") }
    let page = try ReportSession.write(
      traced, suite: suite(of: first, catalog: catalog), catalog: catalog,
      title: "What fine-tuning does to a CLIP's robustness", subtitle: "The embedded world, seed \(seed)",
      to: demo.url)
    let seconds = Date().timeIntervalSince(start)
    let summary = Summary(
      report: page.path, seconds: seconds, peakRssMb: peak, curves: traced.map(\.curve))
    try common.output(summary) {
      """
      \(Self.table(traced))

      \(Progress.time(seconds)), peak memory of a process \(peak) MB
      report: \(page.path)
      """
    }
  }

  /// Every run with its curve, and the most memory that one process took, in megabytes.
  private func traced(_ ledger: StudyLedger) throws -> (runs: [ComparableRuns.Traced], peak: Int) {
    var peak = ProcessMemory.wholePeakMegabytes
    let runs = try ledger.plan.cells.indices.map { place -> ComparableRuns.Traced in
      guard let result = try ledger.result(place),
        let curve = try ledger.curve(of: result, warn: Terminal.warn)
      else {
        let missing = ledger.ids[place].map { ledger.store.run($0).url.path } ?? ledger.plan.cells[place].name
        throw TrainingError.missingInput(
          path: missing, what: "a run's curve", advice: "remove the run, and the demo makes it anew")
      }
      peak = max(peak, result.cost.peakRssMb)
      return (try LoadedRun.load(ledger.store.run(result.cell)), curve)
    }
    return (runs, peak)
  }

  private func suite(of run: LoadedRun, catalog: DatasetCatalog) throws -> EvaluationSuite {
    var options = EvaluationOpener.Options()
    options.reader = ReadingSession.reader()
    return try EvaluationOpener(
      run: (run.record, run.folder.images(run.record.data)), catalog: catalog, options: options
    ).suite([])
  }

  private func sayHowToContinue() {
    Interrupt.say(whenStopped: "Stopped; what is finished is kept. Continue with: \(ShellWord.thisCommand)")
  }

  private struct Summary: Encodable {
    let report: String
    let seconds: Double
    let peakRssMb: Int
    let curves: [WiseCurve]

    private enum CodingKeys: String, CodingKey {
      case report, seconds, curves
      case peakRssMb = "peak_rss_mb"
    }
  }

  /// The ends of every curve, and below what each rule selects.
  private static func table(_ traced: [ComparableRuns.Traced]) -> String {
    var ends = TextTable(columns: [
      .init("method"), .init("tuned parameters", .right), .init("target %", .right),
      .init("shifts %", .right),
    ])
    if let start = traced.first?.curve.point(at: 0) {
      ends.append(
        ["zero-shot", "0", Figures.percent(start.target.top1), Figures.percent(start.averageShift)])
    }
    for (run, curve) in traced {
      let end = curve.point(at: 1)
      ends.append([
        run.record.method, Figures.count(run.record.parameters.tuned), Figures.percent(end?.target.top1),
        Figures.percent(end?.averageShift),
      ])
    }
    let rules = AlphaSelection.Rule.honest + [.oracle]
    var choices = TextTable(
      columns: [.init("alpha, target %, shifts %")] + rules.map { .init($0.rawValue, .right) })
    for (run, curve) in traced {
      choices.append(
        [run.record.method]
          + rules.map { rule in
            let choice = (curve.selections + [curve.oracle].compactMap { $0 }).first { $0.rule == rule }
            guard let choice, let point = curve.point(at: choice.alpha) else { return "–" }
            return
              "\(choice.alpha)  \(Figures.percent(point.target.top1))  \(Figures.percent(point.averageShift))"
          })
    }
    return ends.text() + "\nInterpolated to the alpha that each rule selects; '"
      + "\(AlphaSelection.Rule.oneStandardError.rawValue)' is the default:\n\n" + choices.text()
  }
}
