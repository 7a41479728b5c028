import ArgumentParser
import CLIPCore
import Checkpoint
import Datasets
import Experiments
import Foundation
import Training

struct ZeroshotCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "zeroshot",
    abstract: "Build a zero-shot head from class names and prompts.",
    discussion: """
      Writes the class weights as tensor `weight` [classes, width], with the class names, a JSON array, as metadata \
      `classes`: the text embeddings, normalised, averaged over the prompts, normalised and scaled by exp(logit scale).

        clipft zeroshot --classes heron,egret --out head.safetensors
        clipft zeroshot --model MODEL --dataset imagenet-r --out head.safetensors
      """)

  @OptionGroup var model: ModelOptions
  @OptionGroup var adapter: AdapterOption

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Data whose classes and prompts are used, instead of --classes (default: clipft.yaml's).",
      valueName: "data"))
  var dataset: String?

  @Option(name: .long, help: ArgumentHelp("Safetensors file to write.", valueName: "file"))
  var out = "head.safetensors"

  @OptionGroup var half: ClassHalfOption
  @OptionGroup var data: DataOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard dataset == nil || data.classes == nil else {
      throw ValidationError("Give either --dataset or --classes, not both.")
    }
    try UnusedOptions.refuse(
      [
        ("--allow-partial", data.classes != nil && data.allowPartial),
        ("--data-root", data.classes != nil && data.dataRoot != nil),
        ("--subsample-classes", data.classes != nil && half.subsampleClasses != nil),
      ], because: "--classes names the classes, and no data are read")
  }

  func run() throws {
    let workspace = try common.start()
    let dataset = data.classes == nil ? dataset ?? workspace.configuration.dataset : nil
    guard dataset != nil || data.classes != nil else {
      throw ValidationError("Give either --dataset or --classes.")
    }
    let file = try OutputFile.check(out)
    let catalog = workspace.catalog(
      dataRoot: workspace.dataRoot(data.dataRoot), allowsPartial: data.allowPartial)
    let space = try dataset.map { try catalog.labelSpace(of: $0, half: half.subsampleClasses) }
    let names = try data.classNames() ?? space?.classes.map(\.name) ?? []
    let templates = try data.prompts() ?? space?.templates ?? TrainingData.plainTemplates
    if let note = space?.classes.sharedNamesNote { Terminal.say("note: \(note)") }
    let loaded = try adapter.merged(into: model.load(workspace))
    let described = space?.classes ?? names.map { DatasetClass(id: $0, name: $0) }
    let descriptions = try data.classDescriptions(described, templates: templates)
    let head = try HeadSession(workspace, descriptions: descriptions).head(
      of: loaded, classNames: names, templates: templates)
    try HeadFile.write(
      weight: head.weight, classNames: names,
      notes: [
        descriptions == nil ? "templates" : "descriptions":
          descriptions.map(JSONFormat.line) ?? JSONFormat.line(templates), "model": model.source(workspace),
      ], to: file)
    let summary = Summary(
      model: model.source(workspace), out: out, classes: names.count,
      templates: descriptions == nil ? templates.count : nil,
      prompts: descriptions?.reduce(0) { $0 + $1.count } ?? names.count * templates.count,
      width: loaded.clip.config.embeddingWidth)
    try common.output(summary) {
      "\(out): \(Figures.count(names.count)) classes × \(summary.width), "
        + "\(Figures.count(summary.prompts)) prompts"
    }
  }

  /// What `--json` prints.
  private struct Summary: Encodable {
    let model: String
    let out: String
    let classes: Int
    /// Prompts of each class; nil where each has its own.
    let templates: Int?
    let prompts: Int
    let width: Int
  }
}
