import CLIPCore
import Foundation
import PEFT
import Training

/// The reference of fine-tuning methods, made of the registry: what `docs/methods.md` holds.
public enum MethodReference {
  /// Throws if a method does not fit the architecture whose counts are shown.
  public static func markdown() throws -> String {
    let config = try Architectures.config(named: "ViT-B-16-quickgelu")
    var lines = [
      "# Fine-tuning methods", "",
      "Made of the program's own registry (`make docs`). Tuned parameters are those at ViT-B/16 with default options, beside "
        + "the head (projection, class weights and biases: 906,216 for 1,000 classes), which every method trains unless its head "
        + "says 0. A method *merges* if what it learns folds into plain weights, so that `export` can write it; every method can "
        + "be resumed, interpolated (`wise`), scored and reported.", "",
      "| method | trains | tuned | head | merges |", "|---|---|---:|---:|---|",
    ]
    for type in MethodRegistry.all {
      let counts = try MethodParameters(type.init(), config: config, classes: 1000)
      lines.append(
        "| [`\(type.name)`](#\(type.name)) | \(type.summary) | \(counts.tuned.formatted(.number.locale(.init(identifier: "en")))) | "
          + "\(counts.head.formatted(.number.locale(.init(identifier: "en")))) | \(counts.mergeable ? "yes" : "no") |"
      )
    }
    for type in MethodRegistry.all {
      lines += ["", "## \(type.name)", "", "\(type.summary) \(type.citation).", ""]
      let training = type.training
      lines.append(
        "Trains by the recipe `\(training.photographs)`; in the embedded world at rate \(training.worldRate) for "
          + "\(training.worldEpochs) epochs"
          + training.worldOptions.sorted { $0.key < $1.key }.map { ", with `\($0.key)=\($0.value)`" }.joined()
          + ".")
      let options = type.optionDescriptions
      guard !options.isEmpty else { continue }
      lines += ["", "| `--option` | default | valid | |", "|---|---|---|---|"]
      for option in options {
        lines.append("| `\(option.name)` | `\(option.standard)` | \(option.valid) | \(option.help) |")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
