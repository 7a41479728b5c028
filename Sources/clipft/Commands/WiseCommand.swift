import ArgumentParser
import Datasets
import Foundation
import Report
import Training
import WiSE

struct WiseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "wise",
    abstract: "Trace a run's weights from pre-trained (alpha 0) to fine-tuned (alpha 1).",
    discussion: """
      Every alpha is scored on the run's target, on shifts, and on the validation images, by which alpha is selected; \
      the alpha that is best on the shifts themselves is shown as 'oracle'. Each image is decoded once.

        clipft wise --alphas 0:1:0.1
        clipft wise --run runs/photos-lora --alphas 0,0.5,1 --datasets folder:sketches
      """)

  @OptionGroup var runOptions: PositionalRunOptions

  @Option(
    name: .long, help: ArgumentHelp("Alphas: FIRST:LAST:STEP or a list a,b,c, in 0…1.", valueName: "grid"))
  var alphas = "0:1:0.1"

  @Option(
    name: .long, parsing: .upToNextOption,
    help: ArgumentHelp("Shifts to score (default: those of the run's family of datasets).", valueName: "data")
  )
  var datasets: [String] = []

  @OptionGroup var data: DataOptions
  @OptionGroup var badImages: BadImageOption
  @OptionGroup var common: CommonOptions

  func run() throws {
    let workspace = try common.start()
    let grid = try AlphaGrid(parsing: alphas)
    let (folder, datasets) = try runOptions.folder(workspace, orAmong: datasets)
    let run = try LoadedRun.load(folder)
    let opened = try EvaluationSuite.open(
      for: run.record, named: datasets, dataRoot: data.dataRoot, allowsPartial: data.allowPartial,
      workspace: workspace)
    let suite = EvaluationSuite(
      target: try badImages.usable(opened.target).dataset,
      shifts: try opened.shifts.map { try badImages.usable($0).dataset }, validation: opened.validation)
    if suite.target.fingerprint == suite.validation.fingerprint {
      Terminal.say(
        "note: there are no test images of \(suite.target.name); its validation images, by which alpha is selected, stand "
          + "for them")
    }
    let curve = try WiseSession.run(run, alphas: grid.values, suite: suite)
    try common.output(curve) { WiseSession.table(curve) }
  }
}
