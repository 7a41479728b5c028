import ArgumentParser
import CLIPCore
import Foundation
import Training

/// Which CLIP is meant.
struct ModelOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Model folder, or 'world' for the small CLIP of the embedded world (the default).", valueName: "model"))
  var model: String?

  func source(_ workspace: Workspace) -> String { model ?? workspace.configuration.model ?? WorldModel.name }

  /// Where the model lies; the embedded world's is trained now if it never was.
  func folder(_ workspace: Workspace) throws -> URL { try ModelSource(source(workspace)).folder(workspace) }

  /// Loads the model; the embedded world's is trained now if it never was.
  func load(_ workspace: Workspace) throws -> PretrainedModel {
    try PretrainedModel.load(folder: folder(workspace))
  }
}
