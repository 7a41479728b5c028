import ArgumentParser
import Datasets
import Experiments
import Foundation
import PEFT
import Training

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

      Recipes:
      \(FineTuningRecipe.allCases.map { "  \($0.rawValue): \($0.summary)." }.joined(separator: "\n"))

      Methods: \(MethodRegistry.all.map { $0.name }.joined(separator: ", ")). `clipft inspect --peft all` describes them.
      """)

  @Option(
    name: .long, help: ArgumentHelp("Fine-tuning method; 'full' and 'linear' included.", valueName: "method"))
  var peft: String?

  @OptionGroup var methodOptions: MethodOptions

  @Option(help: "Towers that the method changes: vision, text or both (default: vision).")
  var towers: TowerOption?

  @OptionGroup var model: ModelOptions
  @OptionGroup var adapter: AdapterOption
  @OptionGroup var imageSize: ImageSizeOption
  @OptionGroup var moved: MovedDataOptions

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Training images: a manifest's name, folder:PATH, list:FILE or wds:PATTERN (default: clipft.yaml's, else shapes).",
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

  @Option(name: .long, help: ArgumentHelp("Training images of each class (default: all).", valueName: "n"))
  var shots: Int?

  @Option(name: .long, help: ArgumentHelp("Run folder (default: runs/DATASET-METHOD-…).", valueName: "dir"))
  var out: String?

  @Option(name: .long, help: ArgumentHelp("Continue the run in this folder.", valueName: "dir"))
  var resume: String?

  @OptionGroup(title: "Training, by default as the method's recipe says") var training: TrainingOptions
  @OptionGroup var data: DataOptions
  @OptionGroup var badImages: BadImageOption
  @OptionGroup var overlap: OverlapOption
  @OptionGroup var common: CommonOptions

  /// What a run that is continued obeys; everything else is as its record says.
  private static let obeyedOnResume: Set = [
    "--resume", "--threads", "--precision", "--json", "--model", "--training-data", "--validation-data",
    "--data-root",
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
    guard resume != nil || peft != nil else {
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
      record = try FineTuningSession.resume(
        folder, workspace: workspace, threads: common.threads, precision: common.precision?.precision,
        model: model.model, moved: moved, dataRoot: data.dataRoot)
    } else {
      (record, folder) = try begin(workspace)
    }
    try common.output(Summary(record, folder)) { Summary.text(record, folder) }
  }

  private func begin(_ workspace: Workspace) throws -> (RunRecord, RunFolder) {
    Interrupt.say(
      whenStopped: "Stopped before training began; nothing was saved. The same command starts again.")
    let options = try methodOptions.values()
    // A name that is none is said before anything of the data.
    _ = try MethodRegistry.method(named: peft ?? "", options: options)
    let source = dataset ?? workspace.configuration.dataset ?? "shapes"
    let dataRoot = workspace.dataRoot(data.dataRoot)
    let catalog = workspace.catalog(dataRoot: dataRoot, allowsPartial: data.allowPartial)
    let isWorld = try Self.isWorld(source, catalog)
    let onWorld = training.recipe.map { $0 == .world } ?? isWorld
    let method = try MethodRegistry.method(named: peft ?? "", options: options, onWorld: onWorld)
    let own = onWorld ? type(of: method).training.worldOptions.filter { options[$0.key] == nil } : [:]
    for (name, value) in own.sorted(by: { $0.key < $1.key }) {
      Terminal.say("note: \(name)=\(value), as the recipe world has it for \(type(of: method).name)")
    }
    try UnusedOptions.refuse(
      [("--classes", data.classes != nil && (try DatasetSpecifier.parse(source).isManifest))],
      because: "the manifest of \(source) names its classes")
    try UnusedOptions.refuse(
      [
        (
          "--val-fraction",
          valFraction != nil && (try catalog.splits(of: DatasetSpecifier.parse(source)).contains(.val))
        )
      ], because: "\(source) has a validation split, which is used")
    guard isWorld || model.model != nil || workspace.configuration.model != nil else {
      throw ValidationError(
        "Name a CLIP with --model: a folder, such as one of `\(UnfetchedModel.download("openai/clip-vit-base-patch16"))` "
          + "(\(UnfetchedModel.olderDownload)), or a file of weights; without one, only the embedded world's toy would be "
          + "trained (--model \(WorldModel.name) asks for it).")
    }
    var settings = try self.settings(workspace, method: method, isWorld: isWorld)
    let request = TrainingDataRequest(
      dataset: source, validation: val, validationFraction: valFraction ?? 0.1, shots: shots,
      seed: settings.seeds.data, dataRoot: dataRoot, classes: try data.classNames(),
      templates: try data.prompts(),
      badImages: badImages.badImages, allowsPartial: data.allowPartial,
      allowsOverlap: overlap.allowOverlap)
    // Before anything slow: from here on, the folder is this process's.
    let claim =
      try out.map { try RunFolder(URL(fileURLWithPath: $0)).createExclusively() }
      ?? RunFolder.createNumbered(
        Self.name(dataset: source, method: type(of: method).name), in: workspace.runs)
    FineTuningSession.tell(claim)
    do {
      let images = try TrainingData.open(request, catalog: catalog, reader: ReadingSession.reader())
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
      try UnusedOptions.refuse(
        [("--drop-last", training.dropLast == true && images.train.count < settings.batchSize)],
        because:
          "\(images.train.count) training images fill no batch of \(settings.batchSize), and are one smaller batch"
      )
      if training.leavesWarmupToRecipe, let change = settings.shortenWarmup(images: images.train.count) {
        Terminal.say("note: \(change)")
      }
      let job = FineTuneJob(
        model: try adapter.merged(into: model.load(workspace, seeing: imageSize)),
        modelSource: model.source(workspace),
        data: images, request: request, method: method, towers: (towers ?? .vision).kinds, settings: settings,
        folder: claim.folder,
        programVersion: programVersion, commandLine: CommandLine.arguments,
        buildHead: HeadSession(workspace).head, given: training.givenForBlocks)
      if let head = ExportedHead.beside(model: job.model.place) {
        Terminal.say(
          "note: \(head.file.lastPathComponent) beside the weights, \(head.words), is not used: training begins from a head "
            + "made from class names")
      }
      return (try FineTuningSession.run(job, claim: claim), claim.folder)
    } catch {
      claim.abandon()
      throw error
    }
  }

  private func settings(
    _ workspace: Workspace, method: any FineTuningMethod, isWorld: Bool
  ) throws -> FineTuningSettings {
    let seed = training.seed ?? workspace.configuration.seed ?? 0
    let recipe = training.recipe ?? (isWorld ? .world : .photographs(method))
    let settings = training.applied(to: recipe.settings(method, seed: seed), seed: seed)
    // What can be known to be wrong is said before anything is done.
    try settings.validate(images: 1)
    return settings
  }

  /// Whether data are the embedded world's.
  private static func isWorld(_ source: String, _ catalog: DatasetCatalog) throws -> Bool {
    guard case .manifest(let name, _) = try DatasetSpecifier.parse(source), catalog.names.contains(name)
    else {
      return false
    }
    return try catalog.manifest(named: name).layout == .world
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
    let trainLoss: Float
    let valTop1: Double?
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
      trainLoss = record.result?.trainLoss ?? 0
      valTop1 = record.result?.valTop1
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
