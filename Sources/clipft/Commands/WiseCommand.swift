import ArgumentParser
import CLIPCore
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

      With --from and --to, between any two models of one architecture, in the same way. Where both bring a trained head for the \
      same classes, as `clipft export` writes it, the heads are interpolated as well; which it is is said:

        clipft wise --from CLIP --to tuned.pt --datasets target=folder:photos/test shift=folder:sketches

      --part moves some of the weights while all others stay fine-tuned, --depth moves deeper blocks further, and --extrapolate \
      goes beyond the ends; a curve of these is kept beside the run's own, never in its place, and compared only with its like:

        clipft wise --run runs/photos-lora --part head --datasets folder:sketches
        clipft wise --run runs/photos-full --depth 0.5:1
        clipft wise --run runs/photos-full --alphas -0.5:1.5:0.25 --extrapolate
      """)

  @OptionGroup var runOptions: PositionalRunOptions

  @OptionGroup var movement: MovementOptions

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
  @OptionGroup var pair: ModelPairOptions

  @Option(
    name: .long,
    help: ArgumentHelp(
      "With --adapter, or --from and --to: images by which alpha is selected (default: none, and no alpha is selected).",
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
    let grid = try movement.grid()
    guard rule != .fixed || grid.contains(AlphaSelection.fixedAlpha) else {
      throw ValidationError(
        "--rule fixed selects alpha 0.5, which --alphas \(movement.alphas) does not have; add it.")
    }
    if let named = pair.named { return try tracePair(named, grid, workspace) }
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
      workspace: workspace, shape: movement.shape())
    let arguments = try session.roles(named)
    let suite = try session.suite(
      arguments,
      with: session.opener(data, badImages: badImages.badImages, allowsOverlap: overlap.allowOverlap))
    try resampling.require(suite.sets)
    BadImageOption.tell(suite.skipped, of: "the datasets")
    for note in suite.notes { Terminal.say("note: \(note)") }
    let (curve, notKept) = try WiseSession.run(
      session.run, alphas: grid, suite: suite, rule: rule, movement: movement, arguments: arguments,
      resampling: resampling.resampling)
    try common.output(curve) { WiseSession.table(curve, metrics: metric.metrics) }
    if let notKept { Terminal.warn("the curve was not kept in the run folder: \(notKept)") }
  }

  /// Between a model and the same with an adapter in its weights.
  private func traceAdapter(_ grid: [Double], _ workspace: Workspace) throws {
    try refuseRun(because: "an adapter is scored, not a run")
    guard let folder = adapter.folder else { return }
    let session = ZeroShotSession(
      model: model, adapter: adapter, imageSize: nil, data: data, workspace: workspace)
    try trace(
      grid, subject: .init(adapter: folder), seen: session.seen, catalog: session.catalog,
      labels: { try session.labels($0) },
      model: { labels in
        _ = try session.unusedHead()
        return try session.scored(labels, alphas: grid, shape: movement.shape())
      })
  }

  /// Between two models.
  private func tracePair(_ named: (from: String, to: String), _ grid: [Double], _ workspace: Workspace) throws
  {
    let reason = "the curve leads --from one model --to another"
    try refuseRun(because: reason)
    try UnusedOptions.refuse(
      [("--adapter", adapter.adapter != nil), ("--model", model.model != nil)], because: reason)
    let session = try ModelPairSession(named, config: model.config(), data: data, workspace: workspace)
    try trace(
      grid, subject: session.subject, seen: session.seen, catalog: session.catalog, labels: session.labels
    ) { try session.scored($0, alphas: grid, shape: movement.shape()) }
  }

  private func refuseRun(because reason: String) throws {
    try UnusedOptions.refuse(
      [
        ("--run", runOptions.options.run != nil), ("A run", runOptions.place != nil),
        ("--training-data", moved.trainingData != nil), ("--validation-data", moved.validationData != nil),
      ], because: reason)
  }

  /// Of what is no run: the sets are named, and the curve is not kept.
  private func trace(
    _ grid: [Double], subject: WiseCurve.Subject, seen: () throws -> SeenImages?, catalog: DatasetCatalog,
    labels: (_ target: SetArgument) throws -> ZeroShotSession.Labels,
    model: (ZeroShotSession.Labels) throws -> ScoredModel
  ) throws {
    let arguments = try datasets.map { (text) throws(DatasetError) in try SetArgument(parsing: text) }
    if val == nil { try metric.refuseTemperature("name some with --val") }
    guard let first = arguments.first else {
      throw ValidationError("Name what to score with --datasets, as in --datasets target=folder:photos/test.")
    }
    let target = try zip(arguments, SetArgument.roles(of: arguments, catalog: catalog))
      .first { $0.1 == .target }?.0
    let labels = try labels(target ?? first)
    var opening = try data.evaluation(badImages: badImages.badImages, competition: .subset)
    opening.allowsOverlap = overlap.allowOverlap
    let suite = try EvaluationOpener.suite(
      arguments, validation: val.map { (text) throws(DatasetError) in try SetArgument(parsing: text) },
      headClasses: labels.classes, seen: seen(), catalog: catalog, options: opening)
    try resampling.require(suite.sets)
    BadImageOption.tell(suite.skipped, of: "the datasets")
    let (curve, _) = try WiseSession.trace(
      WiseJob(
        model: model(labels), subject: subject, alphas: grid, suite: suite, rule: rule,
        shape: movement.shape(), selectsBeyond: movement.selectExtrapolated, arguments: arguments,
        resampling: resampling.resampling))
    try common.output(curve) { WiseSession.table(curve, metrics: metric.metrics) }
  }
}
