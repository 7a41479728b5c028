import ArgumentParser
import CLIPCore
import Datasets
import Foundation
import Report
import TensorCore
import Training

extension Competition: ExpressibleByArgument {}

struct EvalShiftCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval-shift",
    abstract: "Score one or more datasets, targets or shifts.",
    discussion: """
      Scores a run at an alpha, or a model zero-shot; classes are matched by name. With --run, the logits of every \
      image are kept in the run folder.

        clipft eval-shift shapes-r shapes-sketch
        clipft eval-shift folder:sketches --run runs/photos-lora --alpha 0.5
        clipft eval-shift shapes-r --model world
        clipft eval-shift imagenet-r imagenet-a --model ViT-B-32.pt --protocol full
      """)

  @Argument(
    help: ArgumentHelp(
      "Datasets: names of manifests, folder:PATH, list:FILE, wds:PATTERN.", valueName: "data"))
  var datasets: [String]

  @OptionGroup var runOptions: RunOptions

  @Option(
    name: .long,
    help: ArgumentHelp("Interpolation between pre-trained (0) and fine-tuned (default: 1).", valueName: "a"))
  var alpha: Double?

  @Option(
    name: .customLong("protocol"),
    help: ArgumentHelp(
      "Classes that compete for an image: 'subset', the dataset's own, or 'full', all of the head's.",
      valueName: "p"))
  var competition = Competition.subset

  @OptionGroup var model: ModelOptions
  @OptionGroup var imageSize: ImageSizeOption
  @OptionGroup var data: DataOptions
  @OptionGroup var badImages: BadImageOption
  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard runOptions.run == nil || model.model == nil else {
      throw ValidationError("Give --run or --model, not both.")
    }
    if let alpha, !(0...1).contains(alpha) {
      throw ValidationError("--alpha is \(alpha); give a number in 0…1.")
    }
  }

  func run() throws {
    let workspace = try common.start()
    let (place, datasets) = try runOptions.separating(datasets)
    guard place == nil || model.model == nil else {
      throw ValidationError("Give a run or --model, not both.")
    }
    guard !datasets.isEmpty else {
      throw ValidationError("Name the data to score beside the run, such as folder:photos/test.")
    }
    let usesModel =
      model.model != nil || (place == nil && RunFolder.newest(in: workspace.runs) == nil)
    guard !(usesModel && alpha != nil) else {
      throw ValidationError("--alpha needs a run; name one with --run.")
    }
    let run = usesModel ? nil : try LoadedRun.load(RunFolder.named(place, workspace))
    let dataRoot = data.dataRoot == nil ? run?.record.data.request.dataRoot : data.dataRoot
    let catalog = workspace.catalog(
      dataRoot: dataRoot ?? workspace.dataRoot(nil), allowsPartial: data.allowPartial)
    let classes = try data.classNames()
    let opened = try datasets.map { text in
      // Without a run, nothing was trained that data without a manifest could be a shift of.
      let isTarget = run?.record.data.request.isOwn(text) ?? true
      return try catalog.open(
        text, options: DatasetOptions(role: isTarget ? .target : .shift, classes: classes))
    }
    try DatasetCatalog.requireDistinctNames(opened)
    let usable = try opened.map { try badImages.usable($0) }
    let scored =
      try run.map { ScoredModel(run: $0) }
      ?? zeroShot(workspace, catalog, datasets[0], opened[0])
    let job = EvalShiftJob(
      model: scored, alpha: run == nil ? 0 : alpha ?? 1, datasets: usable.map(\.dataset),
      competition: competition,
      predictionsFolder: run?.folder.predictionsFolder)
    let progress = Progress("scoring", total: job.work, unit: "images")
    var report: EvalShiftJob.Report
    do {
      report = try job.execute(
        observer: .init(onProgress: { progress.advance(by: $0) }, shouldStop: { Interrupt.isRequested }))
    } catch is ShiftEvaluator.Stopped {
      progress.finish("stopped; nothing was written")
      throw Interrupted()
    }
    progress.finish()
    report.partial = try zip(datasets, opened).compactMap { try partial($0, $1, catalog) }
    report.skipped = usable.flatMap(\.skipped).map(\.path)
    try common.output(report) { Self.table(report) }
  }

  /// How much of a manifest's dataset is there, if not all of it.
  private func partial(
    _ text: String, _ dataset: any ImageDataset, _ catalog: DatasetCatalog
  ) throws -> EvalShiftJob.Report.Partial? {
    guard case .manifest(let name, let split) = try DatasetSpecifier.parse(text),
      let expected = try catalog.manifest(named: name).splits[(split ?? .test).rawValue]?.count,
      expected != dataset.count
    else { return nil }
    return .init(dataset: dataset.name, found: dataset.count, expected: expected)
  }

  /// The model with a head for the classes of the first dataset's family, which serves all of the family.
  private func zeroShot(
    _ workspace: Workspace, _ catalog: DatasetCatalog, _ name: String, _ first: any ImageDataset
  ) throws -> ScoredModel {
    var (classes, templates) = (first.classes, TrainingData.plainTemplates)
    if case .manifest = try DatasetSpecifier.parse(name) {
      let space = try catalog.labelSpace(of: name)
      classes = space.familyClasses
      templates = space.templates ?? templates
    }
    let loaded = try model.load(workspace, seeing: imageSize)
    let head = try HeadSession(workspace).head(
      of: loaded, classNames: classes.map(\.name), templates: data.prompts() ?? templates)
    return ScoredModel(model: loaded, name: model.source(workspace), classes: classes, head: head)
  }

  private static func table(_ report: EvalShiftJob.Report) -> String {
    var table = TextTable(columns: [
      .init("dataset"), .init("role"), .init("images", .right), .init("classes", .right),
      .init("top-1 %", .right),
      .init("95% interval", .right),
      .init("top-5 %", .right), .init("ECE", .right), .init("NLL", .right),
    ])
    for scores in report.results {
      table.append([
        scores.dataset, scores.role.rawValue, Figures.count(scores.n), Figures.count(scores.classes),
        Figures.percent(scores.top1),
        Figures.interval(scores), Figures.percent(scores.top5), decimals(scores.ece), decimals(scores.nll),
      ])
    }
    let partial = report.partial.map {
      "\nincomplete: \($0.dataset), \(Figures.count($0.found)) of \(Figures.count($0.expected)) images; "
        + "not comparable with published scores"
    }
    let average = report.averageShift.map { "\nshift average \(Figures.percent($0))%" } ?? ""
    return "model \(report.model), alpha \(report.alpha)\n" + table.text() + average + partial.joined()
  }

  private static func decimals(_ value: Double?) -> String { value.map { String(format: "%.3f", $0) } ?? "–" }
}
