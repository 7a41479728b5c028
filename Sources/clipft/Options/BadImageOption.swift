import ArgumentParser
import Datasets
import Foundation

extension BadImagePolicy: ExpressibleByArgument {}

/// For what reads many images.
struct BadImageOption: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "What to do about images that cannot be decoded: 'fail', naming the first, or 'skip' and list them.",
      valueName: "policy"))
  var badImages = BadImagePolicy.fail

  /// Says which images were left out: all their number, and the first few.
  static func tell(_ skipped: [SkippedImage], of name: String) {
    guard !skipped.isEmpty else { return }
    let many = skipped.count == 1 ? "1 image" : "\(Figures.count(skipped.count)) images"
    Terminal.say("\(name): \(many) that cannot be decoded left out")
    for image in skipped.prefix(5) { Terminal.say("  \(image.problem)") }
    if skipped.count > 5 { Terminal.say("  …") }
  }
}
