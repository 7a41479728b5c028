import ArgumentParser
import CLIPCore
import Datasets
import EvalShift
import Experiments
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
      image are kept in the run folder. Data that lie where the run's own do are its target, others shifts; target=DATA \
      and shift=DATA say so. Images that the run was trained or selected on are refused.

      --retention asks what fine-tuning did to zero-shot accuracy on other data, with a head made from text for their own \
      classes; it is kept in the run folder as well. --outliers asks how well the model's confidence and energy tell the \
      target (else the first dataset) from other images, over all classes of the head.

        clipft eval-shift shapes-r shapes-sketch
        clipft eval-shift folder:sketches --run runs/photos-lora --alpha 0.5
        clipft eval-shift target=list:test.txt shift=list:paintings.txt --run runs/photos-lora
        clipft eval-shift shapes-r --model world
        clipft eval-shift folder:sketches --model soup --head trained
        clipft eval-shift imagenet-r imagenet-a --model ViT-B-32.pt --protocol full
        clipft eval-shift folder:sketches --model CLIP --adapter LORA --alpha 0.5
        clipft eval-shift oxford-pets --run runs/pets-base --head text --subsample-classes new
        clipft eval-shift --run runs/photos-lora --retention folder:textures cifar10
        clipft eval-shift folder:photos/test --run runs/photos-lora --outliers folder:textures
      """)

  @Argument(
    help: ArgumentHelp(
      "Datasets: names of manifests, \(DatasetLayouts.forms); target=DATA or shift=DATA gives a role (default: none, where "
        + "--retention names some).",
      valueName: "data"))
  var datasets: [String] = []

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

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Head of a run: 'run', the one that was trained, or 'text', one made of prompts for the first dataset's family of classes, "
        + "for data that the run was not trained on; its logits are not kept. Of a model: 'trained', the one beside its weights, as "
        + "exports and merges have it (default: run, or of a model one made from names).",
      valueName: "head"))
  var head: RunHead?

  @Flag(
    name: .long,
    help:
      "Fit a temperature on the run's validation images, which are scored as well, and measure calibration with it (default: no)."
  )
  var calibrate = false

  @Option(
    name: .long, parsing: .upToNextOption,
    help: ArgumentHelp(
      "Data of any classes on which a run's zero-shot accuracy is measured before and after fine-tuning, with heads made from text; "
        + "kept in the run folder (default: none).", valueName: "data"))
  var retention: [String] = []

  @Option(
    name: .long, parsing: .upToNextOption,
    help: ArgumentHelp(
      "Images of any classes that are to be told from the target, or the first dataset: AUROC and FPR95 (default: none).",
      valueName: "data"))
  var outliers: [String] = []

  @OptionGroup var metric: MetricOption
  @OptionGroup var resampling: ResamplingOptions
  @OptionGroup var half: ClassHalfOption
  @OptionGroup var model: ModelOptions
  @OptionGroup var adapter: AdapterOption
  @OptionGroup var imageSize: ImageSizeOption
  @OptionGroup var moved: MovedDataOptions
  @OptionGroup var overlap: OverlapOption
  @OptionGroup var data: DataOptions
  @OptionGroup var badImages: BadImageOption
  @OptionGroup var caches: ImageCacheOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if let alpha, !(0...1).contains(alpha) {
      throw ValidationError("--alpha is \(alpha); give a number in 0…1.")
    }
    if !outliers.isEmpty, resampling.cluster != nil {
      throw ValidationError(
        "--cluster cannot be obeyed with --outliers, whose classes and groups are not looked at; leave one of them away."
      )
    }
  }

  func run() throws {
    let workspace = try common.start()
    try caches.apply(workspace)
    let (place, names) = try runOptions.separating(datasets)
    guard !names.isEmpty || !retention.isEmpty else {
      throw ValidationError(
        "eval-shift needs <data> to score, such as folder:photos/test, or other data with --retention.")
    }
    let folder = try runFolder(place, workspace)
    if !calibrate {
      try metric.refuseTemperature(
        folder == nil ? "score a run with --run and --calibrate, or leave it away" : "pass --calibrate")
    }
    if folder != nil {
      try UnusedOptions.refuse(
        [
          ("--templates", data.templates != nil && head != .text && retention.isEmpty),
          ("--descriptions", data.descriptions != nil), ("--prompt-names", data.promptNames != nil),
          ("--arch", model.arch != nil),
          ("--adapter", adapter.adapter != nil),
          ("--image-size", imageSize.imageSize != nil),
        ], because: "a run has its own head, architecture and image size")
      guard head != .trained else {
        throw ValidationError(
          "--head trained is of a model that is named with --model; a run has its own trained head without it."
        )
      }
    }
    let elsewhere = try retentionSession(folder, workspace)
    var report: EvalShiftJob.Report
    var tables: [String] = []
    if names.isEmpty {
      try UnusedOptions.refuse(
        [
          ("--outliers", !outliers.isEmpty), ("--calibrate", calibrate), ("--head", head != nil),
          ("--metric", !metric.metrics.isEmpty),
        ], because: "no dataset is named but with --retention")
      report = EvalShiftJob.Report(
        model: folder?.url.path ?? "", alpha: alpha ?? 1, competition: competition, isZeroShot: false)
    } else {
      let hasAlpha: Bool
      (report, hasAlpha) = try scores(names, folder, workspace)
      tables.append(Self.table(report, hasAlpha: hasAlpha, shown: metric.metrics))
      tables += report.outliers.map { [Self.outliers($0)] } ?? []
    }
    if let reason = report.notKept {
      Terminal.warn("the logits were not kept in the run folder: \(reason)")
    }
    if let elsewhere {
      let arguments = try retention.map { (text) throws(DatasetError) in try SetArgument(parsing: text) }
      let found = try elsewhere.scores(arguments)
      report.retention = found
      tables.append(RetentionSession.table(found))
    }
    try common.output(report) {
      tables.map { $0.trimmingCharacters(in: .newlines) }.joined(separator: "\n\n")
    }
  }

  /// What scores other data before and after fine-tuning; nil where none are named.
  private func retentionSession(_ folder: RunFolder?, _ workspace: Workspace) throws -> RetentionSession? {
    guard !retention.isEmpty else { return nil }
    guard let folder else {
      throw ValidationError(
        "--retention compares a run with the model that it began from; name one with --run.")
    }
    guard alpha != 0 else {
      throw ValidationError(
        "--retention compares alpha 0 with another, and --alpha is 0; give a number above it.")
    }
    return RetentionSession(
      folder: folder, workspace: workspace, alpha: alpha ?? 1, competition: competition,
      half: half.subsampleClasses, model: model.model, moved: moved, data: data,
      badImages: badImages.badImages, allowsOverlap: overlap.allowOverlap, common: common,
      resampling: resampling)
  }

  /// Scores the datasets; and whether the model has an alpha.
  private func scores(
    _ names: [String], _ folder: RunFolder?, _ workspace: Workspace
  ) throws -> (EvalShiftJob.Report, hasAlpha: Bool) {
    var arguments = try names.map { (text) throws(DatasetError) in try SetArgument(parsing: text) }
    let scored: ScoredModel
    let opened: [EvaluationOpener.Opened]
    let catalog: DatasetCatalog
    var predictionsFolder: URL?
    var calibration: EvaluationSet?
    var unusedHead: ExportedHead?
    let others = try outliers.map { (text) throws(DatasetError) in try SetArgument(parsing: text) }
    let unknown: [(set: OutlierSet, skipped: [SkippedImage])]
    // What is not there is said before anything slow is done. A run knows where its manifests' data lie.
    try workspace.catalog(dataRoot: workspace.dataRoot(data.dataRoot), allowsPartial: data.allowPartial)
      .requirePresence(of: (arguments + others).map(\.specifier).filter { folder == nil || !$0.isManifest })
    if let folder {
      let session = try RunSession(
        folder, model: model.model, moved: moved, data: data, common: common, workspace: workspace,
        textHead: head != .text
          ? nil
          : {
            try data.textHead(
              for: arguments[0], half: half.subsampleClasses, $0, HeadSession(workspace))
          })
      scored = ScoredModel(run: session.run)
      arguments = try session.roles(arguments)
      let opener = try session.opener(
        data, badImages: badImages.badImages, allowsOverlap: overlap.allowOverlap, competition: competition,
        half: half.subsampleClasses)
      opened = try opener.open(arguments)
      unknown = try opener.outliers(others)
      if calibrate {
        guard head != .text, let validation = try opener.validation() else {
          throw ValidationError(
            "--calibrate fits a temperature on the run's validation images, and "
              + (head != .text ? "it has none" : "a head made from text has none") + "; leave it away.")
        }
        calibration = validation
      }
      (catalog, predictionsFolder) = (session.catalog, head != .text ? folder.predictionsFolder : nil)
    } else {
      try UnusedOptions.refuse(
        [
          ("--training-data", moved.trainingData != nil), ("--validation-data", moved.validationData != nil),
          ("--alpha", alpha != nil && adapter.adapter == nil),
          ("--head \(head?.rawValue ?? "")", head != nil && head != .trained), ("--calibrate", calibrate),
        ], because: "no run is scored (name one with --run)")
      let session = ZeroShotSession(
        model: model, adapter: adapter, imageSize: imageSize, data: data, workspace: workspace)
      let seen = try session.seen()
      try UnusedOptions.refuse(
        [("--allow-overlap", overlap.allowOverlap && seen == nil)],
        because: "no run is scored, and the model brings no lists of what it was trained on")
      catalog = session.catalog
      let trained = try trainedHead(session)
      let labels =
        try trained.map { ZeroShotSession.Labels(classes: $0.classes, templates: []) }
        ?? session.labels(arguments[0], half: half.subsampleClasses)
      var options = try data.evaluation(badImages: badImages.badImages, competition: competition)
      options.allowsOverlap = overlap.allowOverlap
      options.half = half.subsampleClasses
      let opener = try EvaluationOpener(
        headClasses: labels.classes, seen: seen, catalog: catalog, options: options)
      opened = try opener.open(arguments)
      unknown = try opener.outliers(others)
      if let trained {
        scored = try session.scored(trained)
      } else {
        unusedHead = try session.unusedHead(canBeUsed: true)
        scored = try session.scored(labels, alphas: [alpha ?? 1])
      }
    }
    try resampling.require(opened.map(\.set))
    for one in opened { BadImageOption.tell(one.skipped, of: one.set.name) }
    for one in unknown { BadImageOption.tell(one.skipped, of: one.set.name) }
    let job = EvalShiftJob(
      model: scored, alpha: scored.hasAlpha ? alpha ?? 1 : 0, sets: opened.map(\.set),
      competition: competition, calibration: calibration, outliers: unknown.map(\.set),
      resampling: resampling.resampling, predictionsFolder: predictionsFolder)
    let progress = Progress("scoring", total: job.work, unit: "images")
    var report: EvalShiftJob.Report
    do {
      report = try job.execute(
        observer: .init(onProgress: { progress.advance(by: $0) }, shouldStop: { Interrupt.isRequested }))
    } catch is WorkStopped {
      progress.finish("stopped; nothing was written")
      throw Interrupted()
    }
    progress.finish()
    report.partial = try zip(arguments, opened).compactMap { try partial($0, $1.set, catalog) }
    report.unusedHead = unusedHead?.file.path
    report.skipped = (opened.flatMap(\.skipped) + unknown.flatMap(\.skipped)).map(\.path)
    report.head = head == .run ? nil : head?.rawValue
    report.subsampleClasses = half.subsampleClasses
    return (report, scored.hasAlpha)
  }

  /// The head beside the weights of a model, where that is asked for.
  private func trainedHead(_ session: ZeroShotSession) throws -> ExportedHead.Trained? {
    guard head == .trained else { return nil }
    try UnusedOptions.refuse(
      data.promptOptions + [("--adapter", adapter.adapter != nil)],
      because: "--head trained scores a model as it is, with the head beside its weights")
    return try session.trainedHead()
  }

  /// The run that is scored; nil where a model is scored zero-shot.
  private func runFolder(_ place: String?, _ workspace: Workspace) throws -> RunFolder? {
    // --model beside a run says where the run's model lies now; alone, it is what is scored.
    if place == nil, model.model != nil || RunFolder.newest(in: workspace.runs) == nil { return nil }
    return try RunFolder.named(place, workspace)
  }

  /// How much of a manifest's dataset is there, if not all of it.
  private func partial(
    _ argument: SetArgument, _ set: EvaluationSet, _ catalog: DatasetCatalog
  ) throws -> EvalShiftJob.Report.Partial? {
    guard case .manifest(let name, let split) = argument.specifier,
      let expected = try catalog.manifest(named: name).splits[(split ?? .test).rawValue]?.count
    else { return nil }
    // Of a half of the classes, what is promised is all of which these images are a part.
    let found =
      try half.subsampleClasses == nil
      ? set.dataset.count
      : catalog.open(argument.specifier, options: DatasetOptions(allowPartial: true)).count
    return found == expected ? nil : .init(dataset: set.name, found: found, expected: expected)
  }

  /// `shown` are the metrics that were asked for; without any, those that say most.
  private static func table(
    _ report: EvalShiftJob.Report, hasAlpha: Bool, shown: [any Metric]
  ) -> String {
    // A temperature that was asked for is shown with what it makes of the probabilities.
    let metrics =
      shown.isEmpty
      ? MetricRegistry.all.filter { metric in
        metric.isHeadline
          || (metric.needs.contains(.temperature) && report.results.contains { $0[metric.key] != nil })
      } : shown
    // What the field reports for a dataset stands beside top-1 accuracy where it is another metric.
    let hasOwnMetric = report.results.contains { $0.ownMetric != nil }
    var columns: [TextTable.Column] = [
      .init("dataset"), .init("role"), .init("images", .right), .init("classes", .right),
    ]
    for metric in metrics {
      columns.append(.init(Figures.heading(metric), .right))
      if metric.key == metrics.first?.key || !shown.isEmpty { columns.append(.init("95% interval", .right)) }
    }
    var table = TextTable(columns: columns + (hasOwnMetric ? [.init("reported")] : []))
    for scores in report.results {
      var cells = [
        scores.dataset, scores.role.rawValue, Figures.count(scores.n), Figures.count(scores.classes),
      ]
      for metric in metrics {
        cells.append(Figures.text(scores[metric.key], metric))
        if metric.key == metrics.first?.key || !shown.isEmpty {
          cells.append(Figures.interval(scores.intervals[metric.key], metric))
        }
      }
      table.append(cells + (hasOwnMetric ? [Figures.reported(scores)] : []))
    }
    let partial = report.partial.map {
      "incomplete: \($0.dataset), \(Figures.count($0.found)) of \(Figures.count($0.expected)) images; "
        + "not comparable with published scores"
    }
    let isMarked = report.results.contains { $0.role == .shift && !$0.marks.isEmpty }
    let average =
      report.averageShift.map { ["shift average \(Figures.percent($0))%" + (isMarked ? " *" : "")] } ?? []
    let groups = report.results.compactMap { scores in
      scores.groups?.min { $0.top1 < $1.top1 }.map {
        "worst group of \(scores.dataset): \($0.group), \(Figures.percent($0.top1))% of \(Figures.count($0.n))"
      }
    }
    let drops = report.results.compactMap { scores in
      scores.drop.map {
        "\(scores.dataset): \(Figures.percent($0.value)) points (\(Figures.percent($0.interval.lower)) to "
          + "\(Figures.percent($0.interval.upper))) below the \(Figures.count(scores.twin?.n ?? 0)) images of its classes in "
          + "\(scores.twin?.dataset ?? "")"
      }
    }
    let temperature = report.results.first.flatMap(WiseSession.temperature).map { [$0] } ?? []
    let lacking = shown.compactMap { metric in
      report.results.first?.resampling?.gives(metric) == false
        ? "\(metric.title) has no interval over classes: \(metric.lacksIntervalOverClasses ?? "")" : nil
    }
    let notes =
      average + temperature + lacking + drops + groups + partial + report.results.flatMap(WiseSession.notes)
    let point = [
      report.isZeroShot ? "zero-shot" : nil,
      report.head.map { $0 == RunHead.trained.rawValue ? "its own trained head" : "head made from \($0)" },
      report.subsampleClasses.map { "\($0.rawValue) classes" }, hasAlpha ? "alpha \(report.alpha)" : nil,
    ].compactMap { $0 }.joined(separator: ", ")
    return "model \(report.model), \(point)\n" + table.text() + notes.map { "\n" + $0 }.joined()
  }

  /// What is told apart, and how well.
  private static func outliers(_ scores: [OutlierScore]) -> String {
    var table = TextTable(columns: [
      .init("outliers"), .init("images", .right), .init("AUROC by probability %", .right),
      .init("95% interval", .right), .init("FPR95 %", .right), .init("AUROC by energy %", .right),
      .init("95% interval", .right), .init("FPR95 %", .right),
    ])
    for one in scores {
      table.append([
        one.dataset, Figures.count(one.n), Figures.percent(one.aurocMSP),
        Figures.interval(one.aurocMSPInterval, MetricRegistry.standard), Figures.percent(one.fpr95MSP),
        Figures.percent(one.aurocEnergy),
        Figures.interval(one.aurocEnergyInterval, MetricRegistry.standard),
        Figures.percent(one.fpr95Energy),
      ])
    }
    return
      "told from \(scores.first.map { "the \(Figures.count($0.insideCount)) images of \($0.inside)" } ?? "")\n"
      + table.text()
  }
}
