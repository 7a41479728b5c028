import ArgumentParser
import Datasets
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

      Methods: \(MethodRegistry.all.map { $0.name }.joined(separator: ", ")). `clipft inspect --peft all` describes them.
      """)

  @Option(
    name: .long, help: ArgumentHelp("Fine-tuning method; 'full' and 'linear' included.", valueName: "method"))
  var peft: String?

  @OptionGroup var methodOptions: MethodOptions

  @OptionGroup var model: ModelOptions
  @OptionGroup var imageSize: ImageSizeOption

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Training images: a manifest's name, folder:PATH, list:FILE or wds:PATTERN (default: clipft.yaml's, else shapes).",
      valueName: "data"))
  var dataset: String?

  @Option(
    name: .long,
    help: ArgumentHelp("Validation images, where the dataset has no split for them.", valueName: "data"))
  var val: String?

  @Option(
    name: .long, help: ArgumentHelp("Part of the training images kept for validation.", valueName: "fraction")
  )
  var valFraction = 0.1

  @Option(name: .long, help: ArgumentHelp("Training images of each class (default: all).", valueName: "n"))
  var shots: Int?

  @Option(name: .long, help: ArgumentHelp("Run folder (default: runs/DATASET-METHOD-…).", valueName: "dir"))
  var out: String?

  @Option(name: .long, help: ArgumentHelp("Continue the run in this folder.", valueName: "dir"))
  var resume: String?

  @OptionGroup(title: "Training, by default as the method's recipe says") var training: TrainingOptions
  @OptionGroup var data: DataOptions
  @OptionGroup var badImages: BadImageOption
  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard resume == nil || (peft == nil && out == nil && dataset == nil) else {
      throw ValidationError("--resume takes everything from the run; leave --peft, --dataset and --out away.")
    }
    guard resume == nil || training.isEmpty else {
      throw ValidationError(
        "--resume takes its settings from the run; leave --epochs, --lr and their like away.")
    }
    guard (0..<1).contains(valFraction), valFraction > 0 else {
      throw ValidationError("--val-fraction is \(valFraction); give a number between 0 and 1.")
    }
    if let shots, shots < 1 { throw ValidationError("--shots is \(shots); give at least 1.") }
    guard resume != nil || peft != nil else {
      throw ValidationError(
        "Name a method with --peft: \(MethodRegistry.all.map { $0.name }.joined(separator: ", ")).")
    }
  }

  func run() throws {
    let workspace = try common.start()
    let record: RunRecord
    let folder: RunFolder
    if let resume {
      folder = RunFolder(URL(fileURLWithPath: resume))
      record = try FineTuningSession.resume(folder, workspace: workspace)
    } else {
      let method = try MethodRegistry.method(named: peft ?? "", options: try methodOptions.values())
      let name = type(of: method).name
      let source = dataset ?? workspace.configuration.dataset ?? "shapes"
      let seed = training.seed ?? workspace.configuration.seed ?? 0
      let isWorld = source == "shapes"
      let recipe =
        isWorld
        ? FineTuningRecipe.world(method: name, seed: seed)
        : FineTuningRecipe.photographs(method: name, seed: seed)
      let dataRoot = workspace.dataRoot(data.dataRoot)
      let request = TrainingDataRequest(
        dataset: source, validation: val, validationFraction: valFraction, shots: shots, seed: seed,
        dataRoot: dataRoot, classes: try data.classNames(), templates: try data.prompts(),
        badImages: badImages.badImages, allowsPartial: data.allowPartial)
      folder = RunFolder(
        out.map { URL(fileURLWithPath: $0) }
          ?? Self.freshFolder(in: workspace.runs, dataset: source, method: name))
      let images = try TrainingData.open(
        request, catalog: workspace.catalog(dataRoot: dataRoot, allowsPartial: data.allowPartial))
      BadImageOption.tell(images.skipped, of: images.train.name)
      let job = FineTuneJob(
        model: try model.load(workspace, seeing: imageSize), modelSource: model.source(workspace),
        data: images, request: request,
        method: method, settings: training.applied(to: recipe), folder: folder,
        programVersion: programVersion,
        commandLine: CommandLine.arguments,
        buildHead: HeadSession(workspace).head)
      record = try FineTuningSession.run(job)
    }
    try common.output(Summary(record, folder)) { Summary.text(record, folder) }
  }

  /// `runs/shapes-lora`, or the first free `runs/shapes-lora-2`, ….
  private static func freshFolder(in runs: URL, dataset: String, method: String) -> URL {
    let source = dataset.split(separator: ":").last.map(String.init) ?? dataset
    let name = "\(URL(fileURLWithPath: source).lastPathComponent)-\(method)"
    let candidates = sequence(first: 1) { $0 + 1 }.lazy.map { $0 == 1 ? name : "\(name)-\($0)" }
    return candidates.map { runs.appendingPathComponent($0) }
      .first { !FileManager.default.fileExists(atPath: $0.path) } ?? runs.appendingPathComponent(name)
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
      case imagesPerS = "images_per_s"
      case peakRssMb = "peak_rss_mb"
    }

    static func text(_ record: RunRecord, _ folder: RunFolder) -> String {
      """
      \(record.method): validation \(Figures.percent(record.result?.valTop1))%, \
      \(Figures.count(record.parameters.tuned)) tuned parameters + \(Figures.count(record.parameters.head)) of \
      head and projection
      run folder: \(folder.url.path)
      \(folder.nextStep)
      """
    }
  }
}
