import ArgumentParser
import Foundation
import Training

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a run at an alpha as a plain model folder.",
    discussion: """
      The image tower is interpolated between pre-trained (alpha 0) and fine-tuned (alpha 1); text tower, tokenizer and \
      preprocessing are the pre-trained model's. The classifier is beside it, in \(HeadFile.name).

        clipft export --run runs/photos-lora --alpha 0.4 --out heron-clip
      """)

  @OptionGroup var runOptions: RunOptions

  @Option(
    name: .long,
    help: ArgumentHelp("Interpolation between pre-trained (0) and fine-tuned (1).", valueName: "a"))
  var alpha = 1.0

  @Option(
    name: .long, help: ArgumentHelp("Model folder to write; must not exist, or be empty.", valueName: "dir"))
  var out: String

  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard (0...1).contains(alpha) else { throw ValidationError("--alpha is \(alpha); give a number in 0…1.") }
  }

  func run() throws {
    let workspace = try common.start()
    let folder = URL(fileURLWithPath: out).standardizedFileURL
    try ExportJob.check(folder)
    let run = try LoadedRun.load(runOptions.folder(workspace))
    try ExportJob(run: run, alpha: alpha, folder: folder).execute()
    let summary = Summary(
      run: run.folder.url.path, method: run.record.method, alpha: alpha, out: folder.path,
      classes: run.record.data.classes.count)
    try common.output(summary) {
      "\(out): \(summary.method) at alpha \(alpha), with a head of \(Figures.count(summary.classes)) classes"
    }
  }

  /// What `--json` prints.
  private struct Summary: Encodable {
    let run: String
    let method: String
    let alpha: Double
    let out: String
    let classes: Int
  }
}
