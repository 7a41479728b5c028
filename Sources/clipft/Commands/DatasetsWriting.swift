import ArgumentParser
import Checkpoint
import Datasets
import Experiments
import Foundation

/// What `datasets convert` and `datasets shard` have in common.
struct WrittenDataset: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "Dataset: a manifest's name (with :SPLIT for one of its splits), \(DatasetLayouts.forms).",
      valueName: "data"))
  var source: String

  @Option(name: .long, help: ArgumentHelp("Folder to write, which must not be there.", valueName: "dir"))
  var out: String

  @Option(
    name: .long,
    help: ArgumentHelp(
      "What images of data that are not divided are: train, val or test (default: test for shards, nothing for folders).",
      valueName: "split"))
  var split: DatasetSplit?

  @OptionGroup var data: DataOptions
  @OptionGroup var common: CommonOptions

  func catalog() throws -> DatasetCatalog {
    let workspace = try common.start()
    try NewOutput.requireFree(folder)
    return workspace.catalog(dataRoot: workspace.dataRoot(data.dataRoot), allowsPartial: data.allowPartial)
  }

  var folder: URL { URL(fileURLWithPath: out) }

  typealias Part = (split: DatasetSplit?, dataset: any ImageDataset)

  /// All splits, or the one that the argument names; of data that are not divided, all images.
  func parts(_ catalog: DatasetCatalog) throws -> [Part] {
    let specifier = try DatasetSpecifier.parse(source)
    var options = DatasetOptions(classes: try data.classNames(), allowPartial: data.allowPartial)
    if case .manifest(_, .some(let one)) = specifier {
      try refuseSplit(because: "\(source) names one")
      return [(one, try catalog.open(specifier, options: options))]
    }
    let splits = try catalog.splits(of: specifier, classes: options.classes)
    guard !splits.isEmpty else {
      options.split = split ?? .test
      return [(split, try catalog.open(specifier, options: options))]
    }
    try refuseSplit(because: "\(source) is divided into splits, all of which are written")
    var parts: [Part] = []
    for split in DatasetSplit.allCases where splits.contains(split) {
      guard let dataset = try catalog.openIfPresent(specifier, split: split, options: options) else {
        continue
      }
      // Test images may show fewer classes than training images.
      if options.classes == nil, !specifier.isManifest { options.classes = dataset.classNames }
      parts.append((split, dataset))
    }
    return parts
  }

  private func refuseSplit(because reason: String) throws {
    try UnusedOptions.refuse([("--split", split != nil)], because: reason)
  }

  /// Writes with progress; what was left out is said.
  func write(_ parts: [Part], _ write: (_ progress: () throws -> Void) throws -> Void) throws -> Int {
    for (_, dataset) in parts {
      let leftOut = LeftOutFiles.withoutSystemFiles(dataset.leftOut)
      if !leftOut.isEmpty { Terminal.warn("\(dataset.name): left out: \(LeftOutFiles.words(leftOut))") }
    }
    let count = parts.reduce(0) { $0 + $1.dataset.count }
    let progress = Progress("Writing \(out)", total: count, unit: "images")
    try write {
      if Interrupt.isRequested { throw Interrupted() }
      progress.advance()
    }
    progress.finish()
    return count
  }
}

/// What `--json` prints of what was written.
private struct WrittenSummary: Encodable {
  let out: String
  let images: Int
  let classes: Int
  let splits: [String]
}

extension DatasetsCommand {
  struct ConvertSubcommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "convert", abstract: "Write a dataset as class folders.",
      discussion: """
        Images keep their bytes; those that are no files, as CIFAR's, become PNG. Folders are called by the names of \
        classes, of a manifest by their identifiers.

          clipft datasets convert cifar:cifar-10-batches-bin --out cifar10
          clipft datasets convert wds:shards/{00..12}.tar --split train --out photos
        """)

    @OptionGroup var written: WrittenDataset

    func validate() throws {
      try UnusedOptions.refuse(
        written.data.promptOptions, because: "folders hold no prompts")
    }

    func run() throws {
      let catalog = try written.catalog()
      let parts = try written.parts(catalog)
      // Identifiers that no manifest gives are made up.
      let byName = try !DatasetSpecifier.parse(written.source).isManifest
      let images = try written.write(parts) {
        try ClassFolderWriter.write(parts, to: written.folder, byName: byName, progress: $0)
      }
      let classes = parts[0].dataset.classes
      if ClassFolderWriter.changesClasses(of: parts[0].dataset, byName: byName) {
        Terminal.say(
          "note: read as folder:\(written.out), classes are in the order of their names, and those without images are none; "
            + "give --classes for another order")
      }
      if !byName, classes.contains(where: { $0.id != $0.name }) {
        Terminal.say(
          "note: folders are called by identifiers, such as \(classes[0].id) for \(classes[0].name); prompts for folder:\(written.out) "
            + "need names (--prompt-names)")
      }
      let summary = WrittenSummary(
        out: written.out, images: images, classes: classes.count,
        splits: parts.compactMap { $0.split?.rawValue })
      try written.common.output(summary) {
        "\(written.out): \(Figures.count(images)) images of \(Figures.count(classes.count)) classes; read them as "
          + "folder:\(written.out)"
      }
    }
  }

  struct ShardSubcommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "shard",
      abstract: "Write a dataset as WebDataset shards, in the form of the CLIP benchmark.",
      discussion: """
        Images keep their bytes and their order; those that are no files, as CIFAR's, become PNG. Class names and prompts are \
        written beside the shards.

          clipft datasets shard folder:photos --out photos-wds
        """)

    @Option(
      name: .long,
      help: ArgumentHelp(
        "Images a shard has at most (default: \(ShardWriter.imagesPerShard)).", valueName: "n"))
    var shardImages = ShardWriter.imagesPerShard

    @OptionGroup var written: WrittenDataset

    func validate() throws {
      try UnusedOptions.refuse(
        written.data.promptOptions.filter { $0.0 != "--templates" },
        because: "shards hold templates of prompts alone")
      guard shardImages > 0 else {
        throw ValidationError("--shard-images is at least 1, not \(shardImages).")
      }
    }

    func run() throws {
      let catalog = try written.catalog()
      let parts = try written.parts(catalog).map { (split: $0.split ?? .test, dataset: $0.dataset) }
      let templates =
        try written.data.prompts() ?? catalog.templates(of: DatasetSpecifier.parse(written.source))
      let images = try written.write(parts.map { ($0.split, $0.dataset) }) {
        try ShardWriter.write(
          parts, templates: templates, to: written.folder, imagesPerShard: shardImages, progress: $0)
      }
      let classes = parts[0].dataset.classes.count
      let summary = WrittenSummary(
        out: written.out, images: images, classes: classes, splits: parts.map(\.split.rawValue))
      try written.common.output(summary) {
        "\(written.out): \(Figures.count(images)) images of \(Figures.count(classes)) classes; read them as "
          + "wds:\(written.out)"
      }
    }
  }
}

extension DatasetSplit: ExpressibleByArgument {}
