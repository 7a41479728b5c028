import ArgumentParser
import CLIPCore
import Experiments
import Foundation
import Tokenizer
import Training

struct TokenizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenize",
    abstract: "Print the token ids of the lines on standard input.",
    discussion: """
      With --json, every line's ids are padded with 0 to the context length. The vocabulary is --tokenizer's, else \
      --model's, else $CLIPFT_TOKENIZER's, else the default model's.

        echo "a photo of a cat" | clipft tokenize --tokenizer merges.txt --json
        clipft tokenize --model MODEL < captions.txt
      """)

  @OptionGroup var model: ModelOptions

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Vocabulary: merges.txt, tokenizer.json, bpe_simple_vocab_16e6.txt.gz or a folder (default: the model's).",
      valueName: "path"))
  var tokenizer: String?

  @Option(
    name: .long, help: ArgumentHelp("Tokens of a text at most (default: the model's, or 77).", valueName: "n")
  )
  var contextLength: Int?

  @OptionGroup var common: CommonOptions

  private static let commonContext = 77

  func validate() throws {
    guard tokenizer == nil || model.model == nil else {
      throw ValidationError("Give --tokenizer or --model, not both.")
    }
    if let contextLength, !(2...65536).contains(contextLength) {
      throw ValidationError("--context-length is \(contextLength); give 2 to 65536.")
    }
  }

  func run() throws {
    let workspace = try common.start()
    let (tokenizer, context) = try vocabulary(workspace)
    let rows = try TextLines.standardInput().map {
      tokenizer.tokens(for: $0, contextLength: contextLength ?? context)
    }
    func text(_ ids: some Sequence<Int32>, _ separator: String) -> String {
      ids.map(String.init).joined(separator: separator)
    }
    if common.json {
      let lists = rows.map { "[\(text($0, ","))]" }.joined(separator: ",\n")
      Terminal.print("{\"tokens\":[\(lists)]}")
    } else {
      // Padding says nothing to people.
      for row in rows { Terminal.print(text(row.reversed().drop { $0 == 0 }.reversed(), " ")) }
    }
  }

  private func vocabulary(_ workspace: Workspace) throws -> (BPETokenizer, contextLength: Int) {
    let environment = model.model == nil ? workspace.environment["CLIPFT_TOKENIZER"] : nil
    if let path = tokenizer ?? environment {
      let source = tokenizer == nil ? "$CLIPFT_TOKENIZER" : "--tokenizer"
      try UnusedOptions.refuse(
        [("--arch", model.arch != nil)], because: "\(source) names the vocabulary, and no model is read")
      return (try BPETokenizer.load(URL(fileURLWithPath: path)), Self.commonContext)
    }
    let files = try ModelFiles(model.place(workspace))
    let config = try model.config() ?? files.config()
    return (try files.tokenizer(environment: workspace.environment), config.text.contextLength)
  }
}
