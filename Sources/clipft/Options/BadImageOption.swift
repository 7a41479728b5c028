import ArgumentParser
import Datasets
import Foundation
import PEFT
import TensorCore

extension BadImagePolicy: ExpressibleByArgument {}

/// For what reads many images.
struct BadImageOption: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "What to do about images that cannot be decoded: 'fail', naming the first, or 'skip' and list them.",
      valueName: "policy"))
  var badImages = BadImagePolicy.fail

  /// The sentence of an error; of an image that cannot be decoded, with the way out that the command has.
  static func sentence(of error: any ClassifiedError, arguments: [String]) -> String {
    let isGiven = { (option: String) in arguments.contains { $0 == option || $0.hasPrefix(option + "=") } }
    guard isBadImage(error), let name = arguments.first,
      CommandTable.program?.command(named: name)?.option(written: "--bad-images") != nil,
      // A run that goes on takes the images that it began with.
      !isGiven("--resume"), !arguments.contains(where: { $0.hasSuffix(BadImagePolicy.skip.rawValue) })
    else { return error.description }
    let sentence = error.description.hasSuffix(".") ? String(error.description.dropLast()) : error.description
    return "\(sentence), or pass --bad-images skip, which leaves such images out."
  }

  private static func isBadImage(_ error: any ClassifiedError) -> Bool {
    switch error {
    case DatasetError.badImage: true
    case MethodError.unreadableExamples(_, .badData): true
    default: false
    }
  }

  /// Says which images were left out: all their number, and the first few.
  static func tell(_ skipped: [SkippedImage], of name: String) {
    guard !skipped.isEmpty else { return }
    let many = skipped.count == 1 ? "1 image" : "\(Figures.count(skipped.count)) images"
    Terminal.say("\(name): \(many) that cannot be decoded left out")
    for image in skipped.prefix(5) { Terminal.say("  \(image.problem)") }
    if skipped.count > 5 { Terminal.say("  …") }
  }
}
