import ArgumentParser
import CLIPCore
import Checkpoint
import Experiments
import Foundation
import Training

struct ConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Translate a CLIP between the layouts of other programs, bit for bit.",
    discussion: """
      IN is any model that --model takes elsewhere. OUT is one file if its name ends in .safetensors, .pt, .pth or .bin, \
      else a folder with configuration, preprocessing and vocabulary. Element types stay as they are.

        clipft convert ViT-B-32.pt clip-vit-base-patch32 --to hf
        clipft convert clip-vit-base-patch32 weights.pt --to open_clip
        clipft convert laion.safetensors laion --to open_clip --arch ViT-B-32
      """)

  @Argument(help: ArgumentHelp("Model folder or file of weights.", valueName: "in"))
  var source: String

  @Argument(help: ArgumentHelp("File or folder to write.", valueName: "out"))
  var destination: String

  @Option(name: .long, help: ArgumentHelp(ModelLayout.help, valueName: "layout"))
  var to: ModelLayout

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Architecture of a file of weights that has no configuration beside it (default: what the weights say).",
      valueName: "name"))
  var arch: String?

  @OptionGroup var common: CommonOptions

  func run() throws {
    let workspace = try common.start()
    let config = try arch.map { (name) throws(ModelError) in try Architectures.config(named: name) }
    let origin = try ModelSource(source).place(workspace)
    let model = try StoredModel(origin, config: config)
    for note in model.notes { Terminal.say("note: \(note)") }
    try to.check(model.config, of: origin)
    let seen = try SeenImages.of(model: origin)
    let place = URL(fileURLWithPath: destination).standardizedFileURL
    guard !FileManager.default.fileExists(atPath: place.path) else {
      throw CheckpointError.cannotCreate(file: destination, reason: "it exists already")
    }
    var notes: [String] = []
    func write(_ place: URL) throws {
      notes = try model.write(to, to: place, environment: workspace.environment)
      try seen?.write(beside: place)
    }
    if ModelLayout.isFile(place) {
      try NewOutput.files(in: place.deletingLastPathComponent()) {
        try write($0.appendingPathComponent(place.lastPathComponent))
      }
    } else {
      // Refuses names of files that are not written.
      try to.check(place)
      try NewOutput.folder(at: place, write)
    }
    for note in notes { Terminal.say("note: \(note)") }
    let summary = Summary(out: destination, layout: to, tensors: model.state.count)
    try common.output(summary) {
      "\(destination): \(summary.tensors) tensors in the layout of \(to.rawValue)"
    }
  }

  /// What `--json` prints.
  private struct Summary: Encodable {
    let out: String
    let layout: ModelLayout
    let tensors: Int
  }
}
