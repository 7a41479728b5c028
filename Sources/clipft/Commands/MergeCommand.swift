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
      let needs = [
        type.needs.contains(.base) ? "needs --base" : nil,
        type.needs.contains(.validation) ? "looks at validation images" : nil,
        type.needs.contains(.fisher) ? "needs --fisher or validation images" : nil,
      ].compactMap { $0 }
      let options = type.optionDescriptions.map { "\($0.name)=\($0.standard)" }
      let details = [needs.joined(separator: ", "), options.joined(separator: ", ")].filter { !$0.isEmpty }
      return (["  \(type.name)", type.summary] + details + [type.citation + "."])
        .flatMap { wrapped($0, indentation: $0.hasPrefix("  ") ? "  " : "      ") }.joined(separator: "\n")
    }.joined(separator: "\n")
  }

  /// A text in lines of at most 78 columns, and what is before each.
  private static func wrapped(_ text: String, indentation: String) -> [String] {
    var lines: [String] = []
    for word in text.split(separator: " ") {
      if let last = lines.last, last.count + 1 + word.count <= 78 {
        lines[lines.count - 1] += " " + word
      } else {
        lines.append(indentation + word)
      }
    }
    return lines
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
