import ArgumentParser
import CLIPCore
import Experiments
import Foundation
import Training

/// An adapter of peft to fold into the model.
struct AdapterOption: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Folder of an adapter that Hugging Face's peft trained on this CLIP; it is folded into the weights (default: none).",
      valueName: "dir"))
  var adapter: String?

  var folder: URL? { adapter.map { URL(fileURLWithPath: $0) } }

  func merged(into model: PretrainedModel) throws -> PretrainedModel {
    try folder.map(model.merging(adapterAt:)) ?? model
  }
}
