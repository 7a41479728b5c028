import ArgumentParser
import Datasets
import Experiments
import Foundation
import PEFT
import TensorCore
import Training

extension TrainingDataRequest.Sampler: ExpressibleByArgument {}

struct FinetuneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "finetune",
    abstract: "Fine-tune a CLIP's image tower by one method, into a run folder.",
    discussion: """
      The classifier starts as a zero-shot head made from class names and prompts; every method trains it, too. \
      Ctrl-C saves the run; --resume continues it and ends with the same weights as an uninterrupted run.

        clipft finetune --peft ssf
        clipft finetune --peft lora --option rank=16 --epochs 10 --lr 1e-3
        clipft finetune --model MODEL --dataset folder:photos --peft full --out runs/photos-full
        clipft finetune --resume runs/photos-full

      Every flag is short for one key of the run's specification, which --print-spec shows, run.json keeps, and \
      --spec runs again:

        clipft finetune --spec runs/photos-full/run.json --set optimizer.lr=1e-4 --out runs/photos-faster

      Recipes (clipft recipes show NAME):
      \(Recipe.all.map { "  \($0.name): \($0.summary)" }.joined(separator: "\n"))

      Methods: \(MethodRegistry.all.map { $0.name }.joined(separator: ", ")). `clipft inspect --peft all` describes them.
      """)

  @Option(
    name: .long, help: ArgumentHelp("Fine-tuning method; 'full' and 'linear' included.", valueName: "method"))
  var peft: String?

  @OptionGroup var methodOptions: MethodOptions
  @OptionGroup var spec: SpecOptions

  @Option(help: "Towers that the method changes: vision, text or both (default: vision).")
  var towers: RunSpec.Towers?

  @OptionGroup var model: ModelOptions
  @OptionGroup var adapter: AdapterOption
  @OptionGroup var imageSize: ImageSizeOption
  @OptionGroup var moved: MovedDataOptions

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Training images: a manifest's name, \(DatasetLayouts.forms) (default: clipft.yaml's, else shapes).",
      valueName: "data"))
  var dataset: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Validation images (default: the dataset's own split for them, else a part of the training images).",
      valueName: "data"))
  var val: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Part of the training images kept for validation (default: 0.1).", valueName: "fraction")
  )
  var valFraction: Double?

  @Flag(
    name: .long,
    help:
      "Train on the validation images, too, once all has been chosen: no alpha can be selected then (default: no)."
  )
  var trainOnValidation = false

  @Option(name: .long, help: ArgumentHelp("Training images of each class (default: all).", valueName: "n"))
  var shots: Int?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "How --shots are drawn: own, or coop, as CoOp draws them, bit for bit (default: own).",
      valueName: "name"))
  var sampler: TrainingDataRequest.Sampler?

  @OptionGroup var half: ClassHalfOption

  @Option(name: .long, help: ArgumentHelp("Run folder (default: runs/DATASET-METHOD-…).", valueName: "dir"))
  var out: String?

  @Option(name: .long, help: ArgumentHelp("Continue the run in this folder.", valueName: "dir"))
  var resume: String?

  @OptionGroup(title: "Training, by default as the method's recipe says") var training: TrainingOptions
  @OptionGroup var data: DataOptions
  @OptionGroup var badImages: BadImageOption
  @OptionGroup var overlap: OverlapOption
  @OptionGroup var caches: ImageCacheOptions

  @Flag(
    name: .long,
    help:
      "With augmentation, keep whole training images in the pixel cache, too: three bytes a pixel, about five times their files."
  )
  var pixelCacheWhole = false

  @OptionGroup var common: CommonOptions

  /// What a run that is continued obeys; everything else is as its record says.
  private static let obeyedOnResume: Set = [
    "--resume", "--threads", "--precision", "--json", "--model", "--training-data", "--validation-data",
    "--data-root", "--image-memory", "--pixel-cache", "--pixel-cache-whole",
  ]

  func validate() throws {
    if resume != nil, let other = Self.firstOption(notIn: Self.obeyedOnResume) {
      throw ValidationError(
        "--resume takes everything from the run and would not obey \(other); leave it away, or begin another run."
      )
    }
    if resume == nil {
      try UnusedOptions.refuse(
        [
          ("--training-data", moved.trainingData != nil), ("--validation-data", moved.validationData != nil),
        ],
        because:
          "they say where the images lie now of a run that is continued; name images to train on with --dataset"
      )
    }
    if let valFraction, !(0..<1).contains(valFraction) || valFraction == 0 {
      throw ValidationError("--val-fraction is \(valFraction); give a number between 0 and 1.")
    }
    guard val == nil || valFraction == nil else {
      throw ValidationError(
        "--val names the validation images, so that --val-fraction would not be obeyed; give one.")
    }
    if let shots, shots < 1 { throw ValidationError("--shots is \(shots); give at least 1.") }
    guard resume != nil || peft != nil || spec.isGiven || training.recipe != nil else {
      throw ValidationError(
        "Name a method with --peft: \(MethodRegistry.all.map { $0.name }.joined(separator: ", ")).")
    }
  }

  private static func firstOption(notIn known: Set<String>) -> String? {
    CommandLine.arguments.dropFirst().filter { $0.hasPrefix("-") && Double($0) == nil }
      .map { String($0.prefix { $0 != "=" }) }.first { !known.contains($0) }
  }

  func run() throws {
    let workspace = try common.start()
    let record: RunRecord
    let folder: RunFolder
    if let resume {
      folder = RunFolder(URL(fileURLWithPath: resume))
      try openCaches(workspace, settings: folder.record().settings)
      record = try FineTuningSession.resume(
        folder, workspace: workspace, threads: common.threads, precision: common.precision?.precision,
        model: model.model, moved: moved, dataRoot: data.dataRoot)
    } else {
      guard let begun = try begin(workspace) else { return }
      (record, folder) = begun
    }
    try common.output(Summary(record, folder)) { Summary.text(record, folder) }
  }

  private func openCaches(_ workspace: Workspace, settings: FineTuningSettings) throws {
    try UnusedOptions.refuse(
      [("--pixel-cache-whole", pixelCacheWhole && workspace.pixelCache(caches.disk.pixelCache) == nil)],
      because: "there is no pixel cache; name its folder with --pixel-cache")
    try UnusedOptions.refuse(
      [("--pixel-cache-whole", pixelCacheWhole && settings.augmentation == nil)],
      because: "without augmentation, the pixel cache keeps training images as the model sees them")
    try caches.apply(workspace, keepsWhole: pixelCacheWhole)
  }

  /// What was given, in the order of files, flags and `--set`.
  private func draft(_ workspace: Workspace) throws -> SpecDraft {
    var draft = SpecDraft()
    try spec.fillFile(&draft)
    try draft.set("method.name", to: peft, by: "--peft")
    for (name, value) in try methodOptions.values().sorted(by: { $0.key < $1.key }) {
      try draft.set("method.options.\(name)", to: value, by: "--option \(name)")
    }
    try draft.set("method.towers", to: towers, by: "--towers")
    try draft.set("model", to: model.model, by: "--model")
    try draft.set("arch", to: model.arch, by: "--arch")
    try draft.set("adapter", to: adapter.adapter, by: "--adapter")
    try draft.set("image_size", to: imageSize.imageSize, by: "--image-size")
    try draft.set("data.dataset", to: dataset, by: "--dataset")
    try draft.set("data.validation", to: val, by: "--val")
    try draft.set("data.validation_fraction", to: valFraction, by: "--val-fraction")
    if trainOnValidation { try draft.set("data.train_on_validation", to: true, by: "--train-on-validation") }
    try draft.set("data.shots", to: shots, by: "--shots")
    try draft.set("data.sampler", to: sampler, by: "--sampler")
    try draft.set("data.subsample_classes", to: half.subsampleClasses, by: "--subsample-classes")
    try draft.set("data.root", to: data.dataRoot, by: "--data-root")
    try draft.set("data.classes", to: data.classNames(), by: "--classes")
    try draft.set("data.templates", to: data.prompts(), by: "--templates")
    try draft.set("data.descriptions", to: data.descriptions, by: "--descriptions")
    try draft.set("data.prompt_names", to: data.promptNames, by: "--prompt-names")
    if data.allowPartial { try draft.set("data.allow_partial", to: true, by: "--allow-partial") }
    if badImages.badImages != .fail {
      try draft.set("data.bad_images", to: badImages.badImages, by: "--bad-images")
    }
    if overlap.allowOverlap { try draft.set("data.allow_overlap", to: true, by: "--allow-overlap") }
    try draft.set("precision", to: common.precision?.precision, by: "--precision")
    try training.fill(&draft)
    try spec.fillAssignments(&draft)
    return draft
  }

  /// Nil where the specification was only to be shown.
  private func begin(_ workspace: Workspace) throws -> (RunRecord, RunFolder)? {
    Interrupt.say(
      whenStopped: "Stopped before training began; nothing was saved. The same command starts again.")
    let draft = try draft(workspace)
    let resolved = try draft.resolved(
      SpecDraft.Defaults(
        model: workspace.configuration.model ?? WorldModel.name,
        dataset: workspace.configuration.dataset ?? "shapes", dataRoot: workspace.dataRoot(nil),
        seed: workspace.configuration.seed ?? 0, precision: Compute.precision,
        isWorld: { try workspace.catalog(dataRoot: workspace.dataRoot(data.dataRoot)).isWorld($0) }))
    var spec = resolved.spec
    spec.data = spec.data.absolute
    for note in resolved.notes { Terminal.say("note: \(note)") }
    if let recipe = spec.recipe, let changes = try spec.recipeChanges(), !changes.isEmpty {
      Terminal.say("note: the recipe \(recipe), changed in \(changes.joined(separator: ", "))")
    }
    let method = try spec.makeMethod()
    let request = spec.data
    let catalog = workspace.catalog(dataRoot: request.dataRoot, allowsPartial: request.allowsPartial)
    try refuseUnused(resolved, catalog)
    let isWorld = try catalog.isWorld(request.dataset)
    guard isWorld || draft["model"] != nil || workspace.configuration.model != nil else {
      throw ValidationError(
        "Name a CLIP with --model: a folder, such as one of `\(UnfetchedModel.download("openai/clip-vit-base-patch16"))` "
          + "(\(UnfetchedModel.olderDownload)), or a file of weights; without one, only the embedded world's toy would be "
          + "trained (--model \(WorldModel.name) asks for it).")
    }
    guard !self.spec.printSpec else {
      if resolved.leavesWarmupToRecipe {
        // What would run depends on how many images there are.
        let images = try opened(resolved, catalog)
        if let change = spec.settings.shortenWarmup(images: images.train.count, recipe: spec.recipe) {
          Terminal.say("note: \(change)")
        }
      }
      if common.json {
        try common.output(spec) { "" }
      } else {
        Terminal.print(try spec.tree.yaml)
      }
      return nil
    }
    Compute.setPrecision(spec.precision)
    try openCaches(workspace, settings: spec.settings)
    // Before anything slow: from here on, the folder is this process's.
    let claim =
      try out.map { try RunFolder(URL(fileURLWithPath: $0)).createExclusively() }
      ?? RunFolder.createNumbered(
        Self.name(dataset: request.dataset, method: type(of: method).name), in: workspace.runs)
    FineTuningSession.tell(claim)
    do {
      let images = try opened(resolved, catalog)
      tell(images)
      if spec.settings.batch.dropLast, images.train.count < spec.settings.batch.size {
        let reason =
          "\(images.train.count) training images fill no batch of \(spec.settings.batch.size), and are one smaller batch"
        try resolved.locating {
          try InertSetting.refuse(
            [InertSetting("batch.drop_last", by: ["batch.size", "data"], reason)], asked: resolved.asked)
        }
      }
      if resolved.leavesWarmupToRecipe,
        let change = spec.settings.shortenWarmup(images: images.train.count, recipe: spec.recipe)
      {
        Terminal.say("note: \(change)")
      }
      let loaded = try resolved.locating("model") { try ModelSource.load(spec, workspace) }
      let job = try FineTuneJob(
        spec, model: loaded, data: images, folder: claim.folder,
        buildHead: HeadSession(workspace, descriptions: images.descriptions?.prompts).head,
        asked: resolved.asked)
      if let head = ExportedHead.beside(model: job.model.place) {
        Terminal.say(
          "note: \(head.file.lastPathComponent) beside the weights, \(head.words), is not used: training begins from a head "
            + "made from class names")
      }
      return (try resolved.locating { try FineTuningSession.run(job, claim: claim) }, claim.folder)
    } catch {
      claim.abandon()
      throw error
    }
  }

  private func opened(_ resolved: SpecDraft.Resolved, _ catalog: DatasetCatalog) throws -> TrainingData {
    try resolved.locating("data.dataset") {
      try TrainingData.open(
        resolved.spec.data.absolute, seed: resolved.spec.settings.seeds.data, catalog: catalog,
        reader: ReadingSession.reader())
    }
  }

  /// Says what its reader must know of the images.
  private func tell(_ images: TrainingData) {
    BadImageOption.tell(images.skipped, of: images.train.name)
    for note in images.notes { Terminal.say("note: \(note)") }
    Terminal.sayLeftOut(images.train.leftOut, of: images.train.name)
    if images.validationSource != .heldOut {
      Terminal.sayLeftOut(images.validation.leftOut, of: "\(images.validation.name), for validation")
    }
    if images.train.classes.count == 1 {
      Terminal.warn(
        "\(images.train.name) has one class, \(images.train.classes[0].name): there is nothing to tell apart, and every "
          + "accuracy will be 100%")
    }
  }

  /// Throws where something was given that would not be obeyed.
  private func refuseUnused(_ resolved: SpecDraft.Resolved, _ catalog: DatasetCatalog) throws {
    let request = resolved.spec.data
    let specifier = try DatasetSpecifier.parse(request.dataset)
    try UnusedOptions.refuse(
      [("--classes", request.classes != nil && specifier.isManifest)],
      because: "the manifest of \(request.dataset) names its classes")
    guard request.validation == nil else { return }
    let splits = try resolved.locating("data.dataset") { try catalog.splits(of: specifier) }
    guard splits.contains(.val) else { return }
    let split = InertSetting(
      "data.validation_fraction", by: ["data.dataset"],
      "\(request.dataset) has a validation split, which is used")
    try resolved.locating { try InertSetting.refuse([split], asked: resolved.asked) }
  }

  /// `shapes-lora`
  private static func name(dataset: String, method: String) -> String {
    let source = dataset.split(separator: ":").last.map(String.init) ?? dataset
    return "\(URL(fileURLWithPath: source).lastPathComponent)-\(method)"
  }

  /// What `--json` prints.
  private struct Summary: Encodable {
    let run: String
    let method: String
    let tunedParameters: Int
    let headParameters: Int
    let epochs: Int
    let steps: Int
    @OrNull var trainLoss: Float?
    @OrNull var valTop1: Double?
    /// How many of the images behind `val_top1` were trained on; nil where none were.
    let valOverlaps: Int?
    let imagesPerS: Double
    let peakRssMb: Int

    init(_ record: RunRecord, _ folder: RunFolder) {
      run = folder.url.path
      method = record.method
      tunedParameters = record.parameters.tuned
      headParameters = record.parameters.head
      epochs = record.result?.epochs ?? 0
      steps = record.result?.steps ?? 0
      _trainLoss = OrNull(wrappedValue: record.result?.trainLoss)
      _valTop1 = OrNull(wrappedValue: record.result?.valTop1)
      valOverlaps = record.data.validation.overlaps?.train
      imagesPerS = record.result?.imagesPerS ?? 0
      peakRssMb = record.result?.peakRssMb ?? 0
    }

    /// snake_case by hand where automatic conversion would differ from the contract.
    private enum CodingKeys: String, CodingKey {
      case run, method, epochs, steps
      case tunedParameters = "tuned_parameters"
      case headParameters = "head_parameters"
      case trainLoss = "train_loss"
      case valTop1 = "val_top1"
      case valOverlaps = "val_overlaps"
      case imagesPerS = "images_per_s"
      case peakRssMb = "peak_rss_mb"
    }

    private static func validation(_ record: RunRecord) -> String {
      guard let top1 = record.result?.valTop1 else { return "no validation images" }
      return "validation \(Figures.percent(top1))%"
    }

    static func text(_ record: RunRecord, _ folder: RunFolder) -> String {
      """
      \(record.method): \(validation(record)), \
      \(Figures.count(record.parameters.tuned)) tuned parameters + \(Figures.count(record.parameters.head)) of \
      head and projection
      run folder: \(folder.url.path)
      \(folder.nextStep)
      """
    }
  }
}
