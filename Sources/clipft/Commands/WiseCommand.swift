import ArgumentParser
import Datasets
import Experiments
import Foundation
import Training
import WiSE

extension AlphaSelection.Rule: ExpressibleByArgument {
  public static var allValueStrings: [String] { honest.map(\.rawValue) }

  public init?(argument: String) {
    guard let rule = Self(rawValue: argument), Self.honest.contains(rule) else { return nil }
    self = rule
  }
}

struct WiseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "wise",
    abstract: "Trace a run's weights from pre-trained (alpha 0) to fine-tuned (alpha 1).",
    discussion: """
      Every alpha is scored on the run's target, on shifts, and on its validation images, by which alpha is selected. \
      Three rules are shown side by side: one-standard-error (the default: the smallest alpha whose validation accuracy \
      is within one standard error of the best), best-validation, and fixed (0.5); the alpha that is best on the shifts \
      themselves is shown as 'oracle'. Each image is decoded once. Data of the run's own place are its target, others \
      shifts; target=DATA and shift=DATA say so.

        clipft wise --alphas 0:1:0.1
        clipft wise --run runs/photos-lora --alphas 0,0.5,1 --datasets folder:sketches
        clipft wise --datasets target=list:test.txt shift=list:paintings.txt

      With --adapter, between a model and the same with an adapter of peft in its weights, both with zero-shot heads; what is \
      scored is named, and the curve is printed, not kept:

        clipft wise --model CLIP --adapter LORA --val folder:photos/val --datasets target=folder:photos/test folder:sketches
      """)

  @OptionGroup var runOptions: PositionalRunOptions

  @Option(
    name: .long, help: ArgumentHelp("Alphas: FIRST:LAST:STEP or a list a,b,c, in 0…1.", valueName: "grid"))
  var alphas = "0:1:0.1"

  @Option(name: .long, help: ArgumentHelp("By which alpha is selected.", valueName: "rule"))
  var rule = AlphaSelection.Rule.oneStandardError

  @Option(
    name: .long, parsing: .upToNextOption,
    help: ArgumentHelp(
      "What to score, roles given with target= or shift= (default: the run's own test images and the shifts of their "
        + "family).", valueName: "data"))
  var datasets: [String] = []

  @OptionGroup var metric: MetricOption
  @OptionGroup var resampling: ResamplingOptions
  @OptionGroup var model: ModelOptions

  @OptionGroup var adapter: AdapterOption

  @Option(
    name: .long,
    help: ArgumentHelp(
      "With --adapter: images by which alpha is selected (default: none, and no alpha is selected).",
      valueName: "data"))
  var val: String?

  @OptionGroup var moved: MovedDataOptions
  @OptionGroup var overlap: OverlapOption
  @OptionGroup var data: DataOptions
  @OptionGroup var badImages: BadImageOption
  @OptionGroup var caches: ImageCacheOptions
  @OptionGroup var common: CommonOptions

  func run() throws {
    let workspace = try common.start()
    try caches.apply(workspace)
    let grid = try AlphaGrid(parsing: alphas).values
    guard rule != .fixed || grid.contains(AlphaSelection.fixedAlpha) else {
      throw ValidationError("--rule fixed selects alpha 0.5, which --alphas \(alphas) does not have; add it.")
    }
    guard adapter.adapter == nil else { return try traceAdapter(grid, workspace) }
    try UnusedOptions.refuse(
      data.promptOptions + [("--arch", model.arch != nil)],
      because: "the run has its own head and architecture")
    try UnusedOptions.refuse(
      [("--val", val != nil)], because: "the run has its own validation images")
    let (folder, names) = try runOptions.folder(workspace, orAmong: datasets)
    let named = try names.map { (text) throws(DatasetError) in try SetArgument(parsing: text) }
    let session = try RunSession(
      folder, model: model.model, moved: moved, data: data, common: common,
      workspace: workspace)
    let arguments = try session.roles(named)
    let suite = try session.suite(
      arguments,
      with: session.opener(data, badImages: badImages.badImages, allowsOverlap: overlap.allowOverlap))
    try resampling.require(suite.sets)
    BadImageOption.tell(suite.skipped, of: "the datasets")
    for note in suite.notes { Terminal.say("note: \(note)") }
    let (curve, notKept) = try WiseSession.run(
      session.run, alphas: grid, suite: suite, rule: rule, arguments: arguments,
      resampling: resampling.resampling)
    try common.output(curve) { WiseSession.table(curve, metrics: metric.metrics) }
    if let notKept { Terminal.warn("the curve was not kept in the run folder: \(notKept)") }
  }

  /// Between a model and the same with an adapter in its weights.
  private func traceAdapter(_ grid: [Double], _ workspace: Workspace) throws {
    try UnusedOptions.refuse(
      [
        ("--run", runOptions.options.run != nil), ("A run", runOptions.place != nil),
        ("--training-data", moved.trainingData != nil), ("--validation-data", moved.validationData != nil),
      ], because: "an adapter is scored, not a run")
    guard let folder = adapter.folder, !datasets.isEmpty else {
      throw ValidationError("Name what to score with --datasets, as in --datasets target=folder:photos/test.")
    }
    let arguments = try datasets.map { (text) throws(DatasetError) in try SetArgument(parsing: text) }
    let session = ZeroShotSession(
      model: model, adapter: adapter, imageSize: nil, data: data, workspace: workspace)
    let target = try zip(arguments, SetArgument.roles(of: arguments, catalog: session.catalog))
      .first { $0.1 == .target }?.0
    let labels = try session.labels(target ?? arguments[0])
    var opening = try data.evaluation(badImages: badImages.badImages, competition: .subset)
    opening.allowsOverlap = overlap.allowOverlap
    let suite = try EvaluationOpener.suite(
      arguments, validation: val.map { (text) throws(DatasetError) in try SetArgument(parsing: text) },
      headClasses: labels.classes, seen: session.seen(), catalog: session.catalog, options: opening)
    try resampling.require(suite.sets)
    BadImageOption.tell(suite.skipped, of: "the datasets")
    _ = try session.unusedHead()
    let (curve, _) = try WiseSession.trace(
      WiseJob(
        model: session.scored(labels, alphas: grid), subject: .init(adapter: folder), alphas: grid,
        suite: suite, rule: rule, arguments: arguments, resampling: resampling.resampling))
    try common.output(curve) { WiseSession.table(curve, metrics: metric.metrics) }
  }
}
