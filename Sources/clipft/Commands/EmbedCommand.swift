import ArgumentParser
import Checkpoint
import Datasets
import Experiments
import Foundation
import Training

struct EmbedCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "embed",
    abstract: "Write embeddings of images and texts to a safetensors file.",
    discussion: """
      Tensors `image_embeddings` and `text_embeddings`, float32, projected, not normalised unless --normalize is given; \
      rows are in the order given, those of a folder sorted by path. Metadata `paths` is a JSON array.

        clipft embed --images photos --out e.safetensors
        clipft embed --model MODEL --images a.jpg b.png --texts captions.txt --normalize --out e.safetensors
      """)

  @Option(
    name: .long, parsing: .upToNextOption,
    help: ArgumentHelp("Image files, and folders with images at any depth.", valueName: "path"))
  var images: [String] = []

  @Option(name: .long, help: ArgumentHelp("File of texts, one a line.", valueName: "file"))
  var texts: String?

  @Option(name: .long, help: ArgumentHelp("Safetensors file to write.", valueName: "file"))
  var out: String

  @Flag(name: .long, help: "L2-normalise every row.")
  var normalize = false

  @OptionGroup var model: ModelOptions
  @OptionGroup var adapter: AdapterOption
  @OptionGroup var imageSize: ImageSizeOption
  @OptionGroup var pixelCache: PixelCacheOption
  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard !images.isEmpty || texts != nil else { throw ValidationError("Give --images, --texts or both.") }
    try UnusedOptions.refuse(
      [
        ("--image-size", images.isEmpty && imageSize.imageSize != nil),
        ("--pixel-cache", images.isEmpty && pixelCache.pixelCache != nil),
      ], because: "no image is embedded")
  }

  func run() throws {
    let workspace = try common.start()
    try pixelCache.apply(workspace)
    let file = try OutputFile.check(out)
    let images = try self.images.isEmpty ? nil : ImageFiles(self.images)
    if let images { Terminal.sayLeftOut(images.leftOut, of: images.name) }
    let texts = try self.texts.map(TextLines.read)
    guard texts?.isEmpty != true else { throw ValidationError("The file given to --texts has no line.") }
    let job = EmbedJob(
      model: try adapter.merged(into: model.load(workspace, seeing: imageSize)), images: images, texts: texts,
      normalizes: normalize
    )
    let progress = Progress("embedding", total: job.work, unit: "items")
    var state: StateDict
    do {
      state = try job.execute(
        observer: .init(onProgress: { progress.advance(by: $0) }, shouldStop: { Interrupt.isRequested }))
    } catch is WorkStopped {
      progress.finish("stopped; nothing was written")
      throw Interrupted()
    }
    progress.finish()
    state.metadata["model"] = model.source(workspace)
    try SafetensorsFile.write(state, to: file)
    let summary = Summary(
      model: model.source(workspace), out: out, images: images?.count ?? 0, texts: texts?.count ?? 0,
      width: job.model.clip.config.embeddingWidth, normalized: normalize)
    try common.output(summary) {
      "\(out): \(Figures.count(summary.images)) images, \(Figures.count(summary.texts)) texts × \(summary.width)"
    }
  }

  /// What `--json` prints.
  private struct Summary: Encodable {
    let model: String
    let out: String
    let images: Int
    let texts: Int
    let width: Int
    let normalized: Bool
  }
}
