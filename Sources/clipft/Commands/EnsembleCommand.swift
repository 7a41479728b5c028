import ArgumentParser
import Datasets
import EvalShift
import Experiments
import Foundation
import Training

struct EnsembleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ensemble",
    abstract:
      "Combine what runs say of the same images: every pair, all, and those chosen on validation images.",
    discussion: """
      Each ensemble is scored beside the best of its members alone, with an interval of the gain for which images are drawn alike \
      for both. Members are chosen by greedy forward selection on the runs' validation images, never on those that are scored; \
      where a rule calibrates members first, their temperatures are fitted there, too.

      Rules:
      \(EnsembleRuleRegistry.all.map { "  \($0.name): \($0.summary)" }.joined(separator: "\n"))

      What the members said is kept in the run folders, and only what is missing is scored.

        clipft ensemble runs/photos-lora runs/photos-full --datasets target=folder:photos/test folder:sketches
        clipft ensemble runs/lora-1 runs/lora-2 runs/ssf --rule mean-calibrated --alpha selected --size 4
        clipft ensemble runs/photos-full --zero-shot --datasets folder:sketches
        clipft ensemble runs/photos-full --rule vrf --datasets folder:sketches
      """)

  @Argument(help: ArgumentHelp("Run folders (default: every finished run under runs/).", valueName: "run"))
  var runs: [String] = []

  @Option(
    name: .long, parsing: .upToNextOption,
    help: ArgumentHelp(
      "What to score on; what is not scored yet is, and kept (default: the sets whose predictions all runs keep, validation images "
        + "apart).", valueName: "data"))
  var datasets: [String] = []

  @Option(name: .long, help: ArgumentHelp("How outputs are combined.", valueName: "rule"))
  var rule = EnsembleRuleRegistry.standard.name

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Interpolation at which runs are combined: a number in 0…1, or 'selected', what each run's curve selects.",
      valueName: "a"))
  var alpha = "1"

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Most members that are chosen, one that is chosen twice counting twice (default: as many as there are).",
      valueName: "k"))
  var size: Int?

  @Flag(
    name: .long,
    help:
      "Have the model that the first run began from, its zero-shot head with it, among the members (default: no)."
  )
  var zeroShot = false

  @OptionGroup var metric: MetricOption
  @OptionGroup var resampling: ResamplingOptions
  @OptionGroup var data: DataOptions
  @OptionGroup var overlap: OverlapOption
  @OptionGroup var badImages: BadImageOption
  @OptionGroup var caches: ImageCacheOptions
  @OptionGroup var common: CommonOptions

  private static let largest = 1000

  func validate() throws {
    guard PredictionSession.Alpha(alpha) != nil else {
      throw ValidationError("--alpha is \(alpha); give a number in 0…1, or 'selected'.")
    }
    guard let known = EnsembleRuleRegistry.named(rule) else {
      throw ValidationError(
        "--rule \(rule): there is no such rule; there are "
          + "\(EnsembleRuleRegistry.all.map(\.name).joined(separator: ", ")).")
    }
    if let size, !(1...Self.largest).contains(size) {
      throw ValidationError("--size is \(size); give a number in 1…\(Self.largest).")
    }
    let others = EnsembleRuleRegistry.all.filter(\.givesProbabilities).map(\.name)
    if !known.givesProbabilities,
      let metric = metric.named.first(where: { $0.needs.contains(.probabilities) })
    {
      throw ValidationError(
        "--metric \(metric.key) is of probabilities, and --rule \(rule) gives scores that do no more than rank the classes; take "
          + "another rule: \(others.joined(separator: ", ")).")
    }
    guard known.needs.contains(.failureDistances) else { return }
    guard !datasets.isEmpty else {
      throw ValidationError("--rule \(rule) computes features of images; name these with --datasets.")
    }
    try UnusedOptions.refuse(
      [("--size", size != nil)], because: "\(rule) combines the two ends of one run, none of which is chosen")
  }

  func run() throws {
    let workspace = try common.start()
    try caches.apply(workspace)
    let folders = try RunFolder.finished(runs, workspace)
    guard let rule = EnsembleRuleRegistry.named(rule), let alpha = PredictionSession.Alpha(alpha),
      !folders.isEmpty
    else {
      throw TrainingError.badSetting("An ensemble takes finished runs; name them, or make some.")
    }
    let session = EnsembleSession(
      predictions: PredictionSession(
        workspace: workspace, alpha: alpha, data: data, badImages: badImages.badImages,
        allowsOverlap: overlap.allowOverlap, common: common, resampling: resampling.resampling),
      datasets: datasets, rule: rule)
    let (members, failures) = try session.members(of: folders, withZeroShot: zeroShot)
    try resampling.require(members.flatMap(\.sets))
    let job = try EnsembleJob(
      rule: rule, members: members, alpha: alpha.number, size: size, resampling: resampling.resampling,
      failures: failures)
    let progress = Progress("combining", total: job.work, unit: "ensembles")
    let report = try job.execute {
      progress.advance(by: 1)
      if Interrupt.isRequested { throw Interrupted() }
    }
    progress.finish()
    try common.output(report) { EnsembleText.text(report, shown: metric.metrics) }
  }
}
