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

  /// Loads the model; the embedded world's is trained now if it never was.
  func load(_ workspace: Workspace) throws -> PretrainedModel {
    let source = source(workspace)
    guard source == WorldModel.name else {
      let folder = URL(fileURLWithPath: source)
      guard FileManager.default.fileExists(atPath: folder.path) else {
        throw MissingInput(path: source, what: "model folder")
      }
      return try PretrainedModel.load(folder: folder)
    }
    let folder = WorldModel.folder(inCache: workspace.cache, seed: 0)
    if WorldModel.isTrained(in: folder) { return try PretrainedModel.load(folder: folder) }
    Terminal.say("No model given: training the embedded world's small CLIP once, into \(folder.path)")
    return try PretrainingSession.run(
      WorldModel.job(seed: 0, folder: folder), resumeCommand: "the same command")
  }
}
