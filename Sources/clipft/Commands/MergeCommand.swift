import ArgumentParser
import WiSE

struct MergeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Make one model of several, tensor by tensor.",
    discussion: """
      Models are folders, files of weights, and finished runs, whose plain weights are merged; all have the same tensors. One \
      tensor of each is in memory at a time. The merged model is a folder in fp32 that --model takes, with merge.json, which \
      says what it was made of, and the lists of images that any of the models has seen. Where all models have heads for the same \
      classes, the head is merged and written as `clipft export` does it; configuration, vocabulary and preprocessing are the \
      base's, else the first model's.

        clipft merge uniform runs/a runs/b runs/c --out soup
        clipft merge greedy runs/a runs/b runs/c --val folder:photos/val --out greedy-soup
        clipft merge ties cars-clip birds-clip --base CLIP --density 0.2 --out merged
        clipft merge slerp A B --option t=0.3 --out between

      Methods and their options with their defaults:

      \(methods)
      """)

  /// Of the registry.
  private static var methods: String {
    MergeMethodRegistry.all.map { type in
      let options = type.optionDescriptions.map { "\($0.name)=\($0.standard)" }
      let needs =
        [
          type.needs.contains(.base) ? "needs --base" : nil,
          type.needs.contains(.validation) ? "looks at validation images" : nil,
          type.needs.contains(.fisher) ? "needs --fisher" : nil,
        ].compactMap { $0 } + options
      return "  \(type.name): \(type.summary)\(needs.isEmpty ? "" : " (\(needs.joined(separator: ", ")))")\n"
        + "    \(type.citation)"
    }.joined(separator: "\n")
  }

  @Argument(help: ArgumentHelp("Method, by name; see above.", valueName: "method"))
  var method: String

  @OptionGroup var options: MergeOptions

  func run() throws { try MergeSession(options, method: method).run() }
}

struct SoupCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "soup",
    abstract: "Short for `clipft merge uniform` and `clipft merge greedy`.",
    discussion: """
      The mean of the models' weights; with --greedy, of those that raise its accuracy on validation images.

        clipft soup runs/a runs/b runs/c --out soup
        clipft soup --greedy runs/a runs/b runs/c --val folder:photos/val --out greedy-soup
      """)

  @Flag(name: .long, help: "Take only models that raise accuracy on validation images (default: all).")
  var greedy = false

  @OptionGroup var options: MergeOptions

  func run() throws {
    try MergeSession(options, method: greedy ? GreedySoup.name : UniformSoup.name).run()
  }
}
