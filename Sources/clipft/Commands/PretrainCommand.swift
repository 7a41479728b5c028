import ArgumentParser
import CLIPCore
import Datasets
import Experiments
import Foundation
import ImageCodec
import NN
import Training

struct PretrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pretrain",
    abstract: "Train a small CLIP contrastively, from nothing to a model folder.",
    discussion: """
      Without --dataset, on the embedded world's endless captioned images. With datasets, on their images, each \
      captioned with a prompt that names its class. The model folder is laid out as transformers' CLIPModel. Ctrl-C \
      saves; the same command continues.

        clipft pretrain --out models/world --seed 1
        clipft pretrain --dataset folder:photos --dataset folder:sketches --image-size 64 --patch-size 8 --out models/mine
      """)

  @Option(
    name: .long, parsing: .singleValue,
    help: ArgumentHelp(
      "Training images; may be repeated (default: clipft.yaml's, else the embedded world's).",
      valueName: "data"))
  var dataset: [String] = []

  @Option(name: .long, help: ArgumentHelp("Model folder to write.", valueName: "dir"))
  var out: String

  @Option(name: .long, help: "Side of an image in pixels (default: \(WorldModel.config.vision.imageSize)).")
  var imageSize: Int?

  @Option(name: .long, help: "Side of a patch in pixels (default: \(WorldModel.config.vision.patchSize)).")
  var patchSize: Int?

  @Option(
    name: .long, help: "Width of the image tower (default: \(WorldModel.config.vision.transformer.width)).")
  var width: Int?

  @Option(
    name: .long, help: "Blocks of the image tower (default: \(WorldModel.config.vision.transformer.layers)).")
  var layers: Int?

  @Option(name: .long, help: "Optimisation steps (default: \(WorldModel.settings(seed: 0).steps)).")
  var steps: Int?

  @Option(name: .long, help: "Pairs of a step (default: \(WorldModel.settings(seed: 0).batchSize)).")
  var batchSize: Int?

  @Option(
    name: [.customLong("lr"), .long],
    help: "Learning rate at its peak (default: \(WorldModel.settings(seed: 0).learningRate)).")
  var learningRate: Float?

  @Option(name: .long, help: "Seed of everything random (default: clipft.yaml's, else 0).")
  var seed: UInt64?

  @OptionGroup var data: DataOptions
  @OptionGroup var memory: ImageMemoryOption
  @OptionGroup var common: CommonOptions

  func run() throws {
    let workspace = try common.start()
    memory.apply(workspace)
    let seed = workspace.seed(seed)
    try UnusedOptions.refuse(
      data.promptOptions.filter { $0.0 != "--templates" }, because: "captions are made of templates")
    let dataset = dataset.isEmpty ? [workspace.configuration.dataset].compactMap { $0 } : dataset
    try UnusedOptions.refuse(
      [
        ("--classes", data.classes != nil), ("--templates", data.templates != nil),
        ("--data-root", data.dataRoot != nil), ("--allow-partial", data.allowPartial),
      ].map { ($0.0, $0.1 && dataset.isEmpty) },
      because: "without --dataset, the embedded world draws and captions its own images")
    try UnusedOptions.refuse(
      [
        (
          "--classes",
          data.classes != nil && (try dataset.allSatisfy { try DatasetSpecifier.parse($0).isManifest })
        )
      ],
      because: "manifests name their classes")
    let folder = URL(fileURLWithPath: out)
    try PretrainJob.requireFree(folder)
    var config = WorldModel.config
    if let imageSize { config.vision.imageSize = imageSize }
    if let patchSize { config.vision.patchSize = patchSize }
    if let layers { config.vision.transformer.layers = layers }
    if let width {
      guard width > 0, width % 32 == 0 else {
        throw ValidationError("--width is \(width); give a multiple of 32.")
      }
      config.vision.transformer.width = width
      config.vision.transformer.heads = width / 32
      config.vision.transformer.mlpWidth = 4 * width
    }
    try config.validate(in: "the architecture asked for")
    var settings = WorldModel.settings(seed: seed)
    if let steps { settings.steps = steps }
    if let batchSize { settings.batchSize = batchSize }
    if let learningRate { settings.learningRate = learningRate }
    settings.warmupSteps = min(settings.warmupSteps, settings.steps / 10)

    let preprocessing = Preprocessing.clip(size: config.vision.imageSize)
    let source: any CaptionedImages
    let captions: [String]
    var seen: SeenImages?
    if dataset.isEmpty {
      let world = WorldCaptions(seed: seed, preprocessing: preprocessing)
      (source, captions) = (world, world.captions)
    } else {
      let catalog = workspace.catalog(
        dataRoot: workspace.dataRoot(data.dataRoot), allowsPartial: data.allowPartial)
      let classes = try data.classNames()
      let datasets = try dataset.map {
        try catalog.open($0, options: DatasetOptions(split: .train, role: .target, classes: classes))
      }
      let reader = ReadingSession.reader()
      seen = SeenImages(
        train: ImageList(try datasets.flatMap { try reader.list($0).entries }), selection: ImageList([]))
      let captioned = try CaptionedDataset(
        datasets,
        templates: data.prompts() ?? TrainingData.plainTemplates, preprocessing: preprocessing,
        augmentation: TrainAugmentation(scale: 0.5...1, flip: true), seed: seed)
      (source, captions) = (captioned, captioned.captions)
    }
    let job = PretrainJob(
      config: config, preprocessing: preprocessing, source: source, captions: captions, settings: settings,
      folder: folder, seen: seen)
    Interrupt.say(
      whenStopped: "Stopped before training began; nothing was saved. The same command starts again.")
    _ = try PretrainingSession.run(job)
    let summary = ["model": folder.standardizedFileURL.path, "source": source.name]
    try common.output(summary) { "model folder: \(folder.standardizedFileURL.path)" }
  }
}
