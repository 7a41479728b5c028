import Checkpoint
import Foundation
import Tokenizer

/// Vocabulary files.
enum TokenizerReaders {
  private static let text = "A photo of a  café &amp; 3 dogs — naïve 🎈 \u{0} <cat-toy> cafÃ© itâ€™s <a>"
  private static let words = [
    "#version: 0.2", "</w>", "<|startoftext|>", "<|endoftext|>", "\"merges\"", "\"vocab\"", "\"model\"",
    "\"added_tokens\"", "\"id\"", "\"content\"", "\"normalized\"", "\"single_word\"", "true", "null", "719",
    "\n", " ", "Ġ", "{", "}", "[", "]",
  ]

  static func all() throws -> [FuzzReader] {
    let folder = "Tests/TokenizerTests/Fixtures"
    let names = ["merges.txt", "vocab.json"]
    let pair = try names.reduce(into: FuzzFiles()) { $0[$1] = try Repository.file("\(folder)/\($1)") }
    let settings = pair.merging([
      "added_tokens.json": Data(#"{"<cat-toy>": 719, "<x y>": 720}"#.utf8),
      "special_tokens_map.json": Data(
        #"{"eos_token": "<|endoftext|>", "additional_special_tokens": ["<a>", {"content": "<b>", "lstrip": true}]}"#
          .utf8),
      "tokenizer_config.json": Data(
        """
        {"tokenizer_class": "CLIPTokenizer", "added_tokens_decoder": {"719": {"content": "<cat-toy>", "rstrip": true,
          "single_word": true, "normalized": false, "special": false}}}
        """.utf8),
    ]) { $1 }
    let compressed = try Repository.file("\(folder)/bpe.txt.gz")
    return [
      FuzzReader(name: "vocabulary", seeds: [pair], targets: names, words: words) { try read($0) },
      FuzzReader(
        name: "tokenizer-settings", seeds: [settings],
        targets: ["added_tokens.json", "special_tokens_map.json", "tokenizer_config.json"], words: words
      ) { try read($0) },
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
