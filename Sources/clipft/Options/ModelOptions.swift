import ArgumentParser
import CLIPCore
import Experiments
import Foundation
import Training

/// Which CLIP is meant.
struct ModelOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Model folder, file of weights, or 'world' for the small CLIP of the embedded world (default: clipft.yaml's, else world).",
      valueName: "model"))
  var model: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Architecture of a file of weights that has no configuration beside it, such as ViT-B-32-quickgelu (default: what the weights say).",
      valueName: "name"))
  var arch: String?

  func source(_ workspace: Workspace) -> String { model ?? workspace.configuration.model ?? WorldModel.name }

  /// Where the model lies; the embedded world's is trained now if it never was.
  func place(_ workspace: Workspace) throws -> URL {
    try ModelSource(source(workspace)).modelPlace(workspace)
  }

  /// The architecture named on the command line.
  func config() throws -> CLIPConfig? {
    try arch.map { (name) throws(ModelError) in try Architectures.config(named: name) }
  }

  /// Loads the model; the embedded world's is trained now if it never was.
  func load(_ workspace: Workspace, seeing images: ImageSizeOption? = nil) throws -> PretrainedModel {
    let model = try PretrainedModel.load(place(workspace), config: config(), imageSize: images?.imageSize)
    for note in model.notes { Terminal.say("note: \(note)") }
    return model
  }
}

/// For what has an image tower see images.
struct ImageSizeOption: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Side of the images the model sees, if not that of its training: position embeddings are resized (default: the model's).",
      valueName: "pixels"))
  var imageSize: Int?
}
