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
      Stopped with Ctrl-C, the same command continues where it was.

        clipft demo --out clipft-demo
        clipft demo --out clipft-demo-1 --seed 1
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
    let root = URL(fileURLWithPath: out).standardizedFileURL
    let chosen = try methods.split(separator: ",").map { try MethodRegistry.method(named: String($0)) }
    guard !chosen.isEmpty else { throw ValidationError("--methods names no method.") }
    let grid = try AlphaGrid(parsing: alphas).values
    let demo = DemoFolder(root)
    try demo.requireSame(seed: seed, methods: chosen, precision: common.precision?.precision)
    sayHowToContinue()
    do {
      try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
    } catch {
      throw CheckpointError.cannotCreate(file: root.path, reason: "the folder cannot be made")
    }
    let lock = try RunLock.acquire(root)
    defer { lock.release() }
    // Another process may have begun a demo there meanwhile.
    try demo.requireSame(seed: seed, methods: chosen, precision: common.precision?.precision)
    let dataRoot = demo.data.path
    let catalog = workspace.catalog(dataRoot: dataRoot)

    Terminal.heading("1/4  drawing the embedded world into \(out)/data")
    _ = try WorldSets.draw(in: dataRoot, seed: seed, catalog: catalog)

    Terminal.heading("2/4  pre-training a small CLIP on captioned images of every style")
    let model =
      WorldModel.isTrained(in: demo.model)
      ? try PretrainedModel.load(demo.model)
      : try PretrainingSession.run(WorldModel.job(seed: seed, folder: demo.model))

    sayHowToContinue()
    Terminal.heading("3/4  fine-tuning on the target domain, and tracing each curve")
    let data = try TrainingData.open(
      TrainingDataRequest(dataset: "shapes", dataRoot: dataRoot), seed: seed, catalog: catalog,
      reader: ReadingSession.reader())
    var traced: [ComparableRuns.Traced] = []
    var suite: EvaluationSuite?
    for method in chosen {
      let folder = demo.run(method)
      try finetune(method, model: model, data: data, in: demo, workspace: workspace)
      sayHowToContinue()
      let run = try LoadedRun.load(folder)
      common.adoptPrecision(of: run.record, workspace)
      let evaluated = try suite ?? self.suite(of: run, catalog: catalog)
      suite = evaluated
      let finished = try folder.curve().flatMap { $0.points.map(\.alpha) == grid ? $0 : nil }
      if let finished {
        traced.append((run, finished))
      } else {
        let (curve, notKept) = try WiseSession.run(run, alphas: grid, suite: evaluated)
        if let notKept { Terminal.warn("the curve of \(run.record.method) was not kept: \(notKept)") }
        traced.append((run, curve))
      }
    }
    guard let suite else { throw ValidationError("--methods names no method.") }

    Terminal.heading("4/4  writing the report")
    let page = try ReportSession.write(
      traced, suite: suite, catalog: catalog, title: "What fine-tuning does to a CLIP's robustness",
      subtitle: "The embedded world, seed \(seed)", to: root)
    let seconds = Date().timeIntervalSince(start)
    let summary = Summary(
      report: page.path, seconds: seconds, peakRssMb: ProcessMemory.wholePeakMegabytes,
      curves: traced.map(\.curve)
    )
    try common.output(summary) {
      """
      \(Self.table(traced))

      \(Progress.time(seconds)), peak memory \(ProcessMemory.wholePeakMegabytes) MB
      report: \(page.path)
      """
    }
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

  /// Trains a method, continues its run, or leaves a finished one as it is.
  private func finetune(
    _ method: any FineTuningMethod, model: PretrainedModel, data: TrainingData, in demo: DemoFolder,
    workspace: Workspace
  ) throws {
    let folder = demo.run(method)
    if folder.exists {
      _ = try FineTuningSession.resume(
        folder, workspace: workspace, threads: common.threads, precision: common.precision?.precision)
      return
    }
    _ = try FineTuningSession.run(
      FineTuneJob(demo.spec(method, seed: seed), model: model, data: data, folder: folder))
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
