import ArgumentParser
import Datasets
import EvalShift
import Experiments
import Foundation
import Report
import Training

struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Say in what runs differ: paired tests, agreement, robustness, beside what another seed does.",
    discussion: """
      Pairs every two runs image by image: which image is which is known by path and content. Runs that differ only in their \
      seeds are one group, and what two of them differ in is the baseline for all else: methods that differ no more than that \
      are not shown to make different mistakes. p-values are of McNemar's exact test, after Holm's correction, on each set apart, \
      over all pairs of runs of different groups. KL is that of the second's probabilities from the first's, KL(first‖second).

      Without --datasets, predictions are taken that all runs keep (`clipft eval-shift --run`, `clipft compare --datasets`). With a \
      target and shifts among them, each run's drop, relative and effective robustness follow.

        clipft compare runs/photos-lora runs/photos-full --datasets target=folder:photos/test folder:sketches
        clipft compare runs/lora-1 runs/lora-2 runs/ssf-1 runs/ssf-2 --alpha selected --features
        clipft compare --line models.csv
      """)

  @Argument(help: ArgumentHelp("Run folders (default: every finished run under runs/).", valueName: "run"))
  var runs: [String] = []

  @Option(
    name: .long, parsing: .upToNextOption,
    help: ArgumentHelp(
      "What to compare on; what is not scored yet is, and kept (default: the sets whose predictions all runs keep, validation images apart).",
      valueName: "data"))
  var datasets: [String] = []

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Interpolation at which runs are compared: a number in 0…1, or 'selected', what each run's curve selects.",
      valueName: "a"))
  var alpha = "1"

  @Flag(
    name: .long,
    help: "Keep features of the image tower as well, and compare them by linear CKA (default: no).")
  var features = false

  @Option(
    name: .long,
    help: ArgumentHelp(
      "csv of models without a robustness intervention, by which effective robustness is measured: columns model, pretrained, and "
        + "accuracies in 0…1 by the names of the sets (default: 93 published zero-shot models on ImageNet and its shifts).",
      valueName: "csv"))
  var line: String?

  @OptionGroup var resampling: ResamplingOptions
  @OptionGroup var data: DataOptions
  @OptionGroup var overlap: OverlapOption
  @OptionGroup var badImages: BadImageOption
  @OptionGroup var caches: ImageCacheOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard PredictionSession.Alpha(alpha) != nil else {
      throw ValidationError("--alpha is \(alpha); give a number in 0…1, or 'selected'.")
    }
    guard !features || !datasets.isEmpty else {
      throw ValidationError("--features are computed from images; name these with --datasets.")
    }
  }

  func run() throws {
    let workspace = try common.start()
    try caches.apply(workspace)
    let table = try line.map { (file) throws(DatasetError) in try AccuracyTable(file: file) }
    let folders = try RunFolder.finished(runs, workspace)
    guard folders.count > 1, let alpha = PredictionSession.Alpha(alpha) else {
      throw TrainingError.badSetting(
        "A comparison takes at least two finished runs; name them, or make another.")
    }
    let session = PredictionSession(
      workspace: workspace, alpha: alpha, data: data, badImages: badImages.badImages,
      allowsOverlap: overlap.allowOverlap, common: common, resampling: resampling.resampling,
      withFeatures: features)
    let scored = try session.predictions(of: folders, datasets: datasets)
    guard scored.count > 1 else {
      throw TrainingError.badSetting("All these runs are the same run; name others.")
    }
    try resampling.require(scored[0].sets)
    if let line, let table { try requireLine(table, of: scored[0].sets, file: line) }
    let sets = scored[0].sets.indices
    let pairs = scored.count * (scored.count - 1) / 2
    let progress = Progress("comparing", total: pairs * sets.count, unit: "pairs")
    let comparisons = try sets.map { set in
      try Comparison(scored.map { $0.model(set) }, resampling: resampling.resampling) {
        progress.advance(by: 1)
        if Interrupt.isRequested { throw Interrupted() }
      }
    }
    progress.finish()
    let published = try table ?? AccuracyTable.published()
    let (robustness, notes) = try RobustnessSummary.summaries(
      scored.map { run in
        (
          name: run.folder.url.lastPathComponent, group: run.group, alpha: run.alpha, sets: run.sets,
          curves: try run.folder.keptCurves(warn: Terminal.warn)
        )
      }, table: published, resampling: resampling.resampling)
    for note in notes { Terminal.say("note: \(note)") }
    let result = ComparisonResult(comparisons: comparisons, robustness: robustness)
    try common.output(result) { ComparisonText.text(result) }
  }

  /// Throws where --line has nothing to say of any shift.
  private func requireLine(_ table: AccuracyTable, of sets: [KeptPredictions], file: String) throws {
    let target = sets.first { $0.scores.role == .target }?.scores.dataset
    let shifts = sets.map(\.scores).filter { $0.role == .shift }.map(\.dataset)
    guard let target, !shifts.isEmpty else {
      throw ValidationError(
        "--line draws a line of shifts against their target, and there is no \(target == nil ? "target" : "shift") among the sets; "
          + "name one with --datasets, or leave --line away.")
    }
    guard table.datasets.contains(target), shifts.contains(where: table.datasets.contains) else {
      let lacking = table.datasets.contains(target) ? shifts.joined(separator: ", ") : target
      throw ValidationError(
        "--line \(file) has no column \(lacking); it has \(table.datasets.joined(separator: ", ")). Name its columns as the sets "
          + "are called, or leave --line away.")
    }
  }
}

/// What `clipft compare --json` prints: of one set, that comparison; of several, a list of them; and each run's robustness.
struct ComparisonResult: Encodable {
  let comparisons: [Comparison]
  let robustness: [RobustnessSummary]

  private enum CodingKeys: String, CodingKey { case comparisons, robustness }

  func encode(to encoder: any Encoder) throws {
    if comparisons.count == 1 {
      try comparisons[0].encode(to: encoder)
      return
    }
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(comparisons, forKey: .comparisons)
    try values.encode(robustness, forKey: .robustness)
  }
}
