import ArgumentParser
import Datasets
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

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Where the model lies now that the run began from (default: where it lay).", valueName: "model"))
  var model: String?

  @OptionGroup var moved: MovedDataOptions
  @OptionGroup var overlap: OverlapOption
  @OptionGroup var data: DataOptions
  @OptionGroup var badImages: BadImageOption
  @OptionGroup var common: CommonOptions

  func run() throws {
    try UnusedOptions.refuse(
      [("--templates", data.templates != nil)], because: "the run has its own head, made when it was trained")
    let workspace = try common.start()
    let grid = try AlphaGrid(parsing: alphas).values
    guard rule != .fixed || grid.contains(AlphaSelection.fixedAlpha) else {
      throw ValidationError("--rule fixed selects alpha 0.5, which --alphas \(alphas) does not have; add it.")
    }
    let (folder, names) = try runOptions.folder(workspace, orAmong: datasets)
    let named = try names.map { (text) throws(DatasetError) in try SetArgument(parsing: text) }
    let session = try RunSession(
      folder, model: model, moved: moved, data: data, common: common,
      workspace: workspace)
    let arguments = try session.roles(named)
    let suite = try session.suite(
      arguments,
      with: session.opener(data, badImages: badImages.badImages, allowsOverlap: overlap.allowOverlap))
    BadImageOption.tell(suite.skipped, of: "the datasets")
    for note in suite.notes { Terminal.say("note: \(note)") }
    let (curve, notKept) = try WiseSession.run(
      session.run, alphas: grid, suite: suite, rule: rule, arguments: arguments)
    try common.output(curve) { WiseSession.table(curve) }
    if let notKept { Terminal.warn("the curve was not kept in the run folder: \(notKept)") }
  }
}
