import ArgumentParser
import Experiments
import Foundation
import WiSE

/// Choices that a merge method offers: the common ones as options of their own.
struct MergeMethodOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp("The share of each task vector that is kept (default: the method's).", valueName: "d"))
  var density: String?

  @Option(
    name: .long,
    help: ArgumentHelp("A factor for each model, in their order (default: the method's).", valueName: "a,b,c")
  )
  var weights: String?

  @Option(
    name: .long,
    help: ArgumentHelp("A factor on the merged task vector (default: the method's).", valueName: "s"))
  var scale: String?

  @Option(
    name: .long, help: ArgumentHelp("Seed of what is random (default: the method's).", valueName: "n"))
  var seed: String?

  @Option(
    name: .long, parsing: .singleValue,
    help: ArgumentHelp(
      "Any option of the method; may be repeated (default: none; what each method has is said above).",
      valueName: "name=value"))
  var option: [String] = []

  func validate() throws { _ = try values() }

  /// Values by name.
  func values() throws -> [String: String] {
    var values = try MethodOptions.values(option)
    for (name, text) in [("density", density), ("weights", weights), ("scale", scale), ("seed", seed)] {
      guard let text else { continue }
      guard values.updateValue(text, forKey: name) == nil else {
        throw ValidationError("--\(name) and --option \(name)=… both say it; leave one of them away.")
      }
    }
    return values
  }
}

/// What is merged, by what means, and where it is written.
struct MergeOptions: ParsableArguments {
  @Argument(help: ArgumentHelp("Models: folders, files of weights, or finished runs.", valueName: "model"))
  var models: [String]

  @Option(
    name: .long, help: ArgumentHelp("Model folder to write; must not exist, or be empty.", valueName: "dir"))
  var out: String

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The model that all were fine-tuned from, for methods that merge task vectors (default: none).",
      valueName: "model"))
  var base: String?

  @Option(
    name: .long, parsing: .upToNextOption,
    help: ArgumentHelp(
      "For the method fisher: a file for each model, of the same tensors, with the diagonal of its Fisher information "
        + "(default: it is estimated on validation images).", valueName: "file"))
  var fisher: [String] = []

  @OptionGroup var method: MergeMethodOptions

  @Option(
    name: .long,
    help: ArgumentHelp(
      "For methods that look at images: validation images (default: the runs' own, if they are the same for all).",
      valueName: "data"))
  var val: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Where the model lies now that runs began from (default: where it lay).", valueName: "model"))
  var model: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Architecture of files of weights that have no configuration beside them (default: what the weights say).",
      valueName: "name"))
  var arch: String?

  @OptionGroup var overlap: OverlapOption
  @OptionGroup var data: DataOptions
  @OptionGroup var badImages: BadImageOption
  @OptionGroup var common: CommonOptions
}
