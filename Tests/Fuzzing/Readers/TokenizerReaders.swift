import Checkpoint
import Foundation
import Tokenizer

/// Vocabulary files.
enum TokenizerReaders {
  private static let text = "A photo of a  café &amp; 3 dogs — naïve 🎈 \u{0}"
  private static let words = [
    "#version: 0.2", "</w>", "<|startoftext|>", "<|endoftext|>", "\"merges\"", "\"vocab\"", "\"model\"",
    "\"added_tokens\"", "\"id\"", "\"content\"", "\n", " ", "Ġ", "{", "}", "[", "]",
  ]

  static func all() throws -> [FuzzReader] {
    let folder = "Tests/TokenizerTests/Fixtures"
    let names = ["merges.txt", "vocab.json"]
    let pair = try names.reduce(into: FuzzFiles()) { $0[$1] = try Repository.file("\(folder)/\($1)") }
    let compressed = try Repository.file("\(folder)/bpe.txt.gz")
    return [
      FuzzReader(name: "vocabulary", seeds: [pair], targets: names, words: words) { try read($0) },
      reader("tokenizer-json", "tokenizer.json", [try Repository.file("\(folder)/tokenizer.json")]),
      reader("bpe-merges", "bpe.txt", [compressed, inflated(compressed)]),
    ]
  }

  private static func reader(_ name: String, _ file: String, _ seeds: [Data]) -> FuzzReader {
    FuzzReader(name: name, seeds: seeds.map { [file: $0] }, targets: [file], words: words) {
      try read($0.appendingPathComponent(file))
    }
  }

  private static func read(_ url: URL) throws {
    let tokenizer = try BPETokenizer.load(url)
    _ = tokenizer.decode(tokenizer.encode(text))
    _ = tokenizer.tokens(for: text, contextLength: 16)
  }

  private static func inflated(_ data: Data) -> Data {
    var output = [UInt8](repeating: 0, count: 1 << 16)
    let count = data.withUnsafeBytes { input in
      output.withUnsafeMutableBytes { Inflater(input, wrapper: .gzip)?.read(into: $0) }
    }
    return Data(output.prefix(count ?? 0))
  }
}
