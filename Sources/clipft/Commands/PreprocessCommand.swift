import ArgumentParser
import CLIPCore
import Checkpoint
import Datasets
import Experiments
import Foundation
import ImageCodec
import Training

struct PreprocessCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "preprocess",
    abstract: "Write the exact pixels a model sees to a safetensors file.",
    discussion: """
      `pixels_u8` [N, 3, H, W] after resizing and cropping, `pixels` [N, 3, H, W] float32, normalised; rows are in the \
      order given, those of a folder sorted by path. Without --model, as OpenAI's CLIP sees images.

        clipft preprocess a.jpg b.png --size 224 --out pixels.safetensors
      """)

  @Argument(help: ArgumentHelp("Image files, and folders with images at any depth.", valueName: "image"))
  var images: [String]

  @Option(name: .long, help: ArgumentHelp("Side of the result in pixels (default: 224).", valueName: "n"))
  var size: Int?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Model whose preprocessing is used: a folder, or 'world' (default: clipft.yaml's, else OpenAI's CLIP).",
      valueName: "model"))
  var model: String?

  @Option(name: .long, help: ArgumentHelp("Safetensors file to write.", valueName: "file"))
  var out: String

  @OptionGroup var common: CommonOptions

  private static let commonSize = 224

  func validate() throws {
    guard size == nil || model == nil else { throw ValidationError("Give --size or --model, not both.") }
    if let size, !(1...Preprocessing.largestSize).contains(size) {
      throw ValidationError("--size is \(size); give 1 to \(Preprocessing.largestSize).")
    }
  }

  func run() throws {
    let workspace = try common.start()
    let file = try OutputFile.check(out)
    let preprocessing =
      try (model ?? (size == nil ? workspace.configuration.model : nil)).map {
        try ModelFiles(ModelSource($0).place(workspace)).preprocessing()
      }
      ?? Preprocessing.clip(size: size ?? Self.commonSize)
    let images = try ImageFiles(images)
    Terminal.sayLeftOut(images.leftOut, of: images.name)
    try SafetensorsFile.write(PreprocessJob(images: images, preprocessing: preprocessing).execute(), to: file)
    let summary = Summary(out: out, images: images.count, preprocessing: preprocessing)
    try common.output(summary) {
      "\(out): \(Figures.count(images.count)) images of \(preprocessing.size) × \(preprocessing.size) pixels"
    }
  }

  /// What `--json` prints.
  private struct Summary: Encodable {
    let out: String
    let images: Int
    let preprocessing: Preprocessing
  }
}
