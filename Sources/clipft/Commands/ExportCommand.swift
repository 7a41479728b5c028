import ArgumentParser
import CLIPCore
import Experiments
import Foundation
import Training

extension ModelLayout: ExpressibleByArgument {
  static let help: String =
    "Names and layout of the weights: those of transformers (hf), open_clip or OpenAI."
}

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a run at an alpha as a plain model, for any program that reads CLIPs.",
    discussion: """
      The towers are interpolated between pre-trained (alpha 0) and fine-tuned (alpha 1), of which one that did not train \
      stays as it was; tokenizer and preprocessing are the pre-trained model's. The classifier is beside it, in \(HeadFile.name): logits are the \
      normalised image embeddings times its `weight` transposed, plus its `bias`. Lists of the images that it was trained and selected \
      on go with it, so that they are not scored as new ones later. OUT is a folder, or one file of weights if its name \
      ends in .safetensors, .pt, .pth or .bin.

        clipft export --run runs/photos-lora --alpha 0.4 --out heron-clip
        clipft export runs/photos-lora --to open_clip --out heron.pt
        clipft export runs/photos-lora --to peft --out heron-lora

      With --adapter, a model with an adapter of peft in its weights is written, without a head:

        clipft export --model CLIP --adapter LORA --out merged
      """)

  @OptionGroup var runOptions: PositionalRunOptions

  @Option(
    name: .long,
    help: ArgumentHelp("Interpolation between pre-trained (0) and fine-tuned (1).", valueName: "a"))
  var alpha = 1.0

  @Option(
    name: .long,
    help: ArgumentHelp(
      ModelLayout.help + " Or 'peft': only what was learned, as an adapter of Hugging Face's peft.",
      valueName: "layout"))
  var to = ExportLayout.model(.huggingFace)

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Model folder or file to write; must not exist, or be an empty folder.", valueName: "out"))
  var out: String

  @OptionGroup var model: ModelOptions

  @OptionGroup var adapter: AdapterOption

  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard (0...1).contains(alpha) else { throw ValidationError("--alpha is \(alpha); give a number in 0…1.") }
    guard to != .peft || alpha == 1 else {
      throw ValidationError(
        "An adapter is what training ended with; leave --alpha away, or export plain weights.")
    }
  }

  func run() throws {
    let workspace = try common.start()
    let place = URL(fileURLWithPath: out).standardizedFileURL
    try ExportJob.check(place)
    guard adapter.adapter == nil else { return try exportAdapter(to: place, workspace) }
    try UnusedOptions.refuse([("--arch", model.arch != nil)], because: "the run has its own architecture")
    let run = try LoadedRun.load(
      runOptions.folder(workspace), model: model.model.map { try ModelSource($0).place(workspace) })
    switch to {
    case .model(let layout):
      let (data, request) = (run.record.data, run.record.request)
      let catalog = workspace.catalog(
        dataRoot: request.dataRoot, allowsPartial: request.allowsPartial)
      let notes = try ExportJob(
        run: run, alpha: alpha, layout: layout, place: place,
        images: TrainingData.sample(
          data, run.folder.images(data), request: request, count: 4, catalog: catalog)
      ).execute()
      for note in notes { Terminal.say("note: \(note)") }
    case .peft: try PeftExportJob(run: run, place: place).execute()
    }
    let summary = Summary(
      run: run.folder.url.path, method: run.record.method, alpha: alpha, layout: to.description,
      out: place.path,
      head: ExportJob.headFile(of: place).path,
      classes: run.record.data.classes.count)
    try common.output(summary) {
      "\(out): \(summary.method) at alpha \(alpha), with a head of \(Figures.count(summary.classes)) classes"
    }
  }

  /// A model with an adapter in its weights.
  private func exportAdapter(to place: URL, _ workspace: Workspace) throws {
    try UnusedOptions.refuse(
      [("--run", runOptions.options.run != nil), ("A run", runOptions.place != nil)],
      because: "an adapter is exported, not a run")
    guard let folder = adapter.folder, case .model(let layout) = to else {
      throw ValidationError(
        "The adapter is one of peft already; leave --to peft away to export plain weights.")
    }
    let notes = try AdapterExportJob(
      model: model.load(workspace), adapter: folder, alpha: alpha, layout: layout, place: place
    ).execute()
    for note in notes { Terminal.say("note: \(note)") }
    let summary = AdapterSummary(
      model: model.source(workspace), adapter: folder.path, alpha: alpha, layout: to.description,
      out: place.path)
    try common.output(summary) { "\(out): \(summary.model) with the adapter at alpha \(alpha)" }
  }

  /// What `--json` prints.
  private struct Summary: Encodable {
    let run: String
    let method: String
    let alpha: Double
    let layout: String
    let out: String
    let head: String
    let classes: Int
  }

  /// What `--json` prints of an adapter.
  private struct AdapterSummary: Encodable {
    let model: String
    let adapter: String
    let alpha: Double
    let layout: String
    let out: String
  }
}

/// What an export is written as.
enum ExportLayout: ExpressibleByArgument, Equatable, CustomStringConvertible {
  case model(ModelLayout)
  case peft

  init?(argument: String) {
    if argument == "peft" {
      self = .peft
    } else if let layout = ModelLayout(argument: argument) {
      self = .model(layout)
    } else {
      return nil
    }
  }

  var description: String {
    switch self {
    case .model(let layout): layout.rawValue
    case .peft: "peft"
    }
  }

  var defaultValueDescription: String { description }
  static var allValueStrings: [String] { ModelLayout.allValueStrings + ["peft"] }
}
