import Foundation
import TestSupport
import Testing
import Tokenizer

/// Added tokens are found before a text is cut into words, as transformers finds them; expected ids are its own.
@Suite("Added tokens")
struct AddedTokenTests {
  private let folder: TemporaryFolder
  private let plain: BPETokenizer
  /// The first id after the vocabulary.
  private let next: Int

  init() throws {
    folder = try TemporaryFolder()
    for name in ["vocab.json", "merges.txt"] {
      try folder.write(Data(contentsOf: Fixture.url(name, bundle: .module)), to: name)
    }
    plain = try BPETokenizer.load(folder.url)
    next = plain.vocabularySize
  }

  private func describe(_ options: String, id: Int? = nil) -> String {
    #"{"added_tokens_decoder": {"\#(id ?? next)": {"content": "<cat-toy>", \#(options)}}}"#
  }

  private func ids(_ text: String) throws -> [Int] { try BPETokenizer.load(folder.url).encode(text) }

  @Test("A token of added_tokens.json is found in lower-cased text, also within a word")
  func addedTokens() throws {
    try folder.write(#"{"<cat-toy>": \#(next)}"#, to: "added_tokens.json")
    let a = plain.encode("a")
    let x = plain.encode("x")
    let y = plain.encode("y")
    #expect(try ids("a <cat-toy> x") == a + [next] + x)
    #expect(try ids("a <Cat-Toy>  x") == a + [next] + x)
    #expect(try ids("x<cat-toy>y") == x + [next] + y)
    let tokenizer = try BPETokenizer.load(folder.url)
    #expect(tokenizer.vocabularySize == next + 1 && tokenizer.addedTokens.map(\.content) == ["<cat-toy>"])
    #expect(tokenizer.decode([next]) == "<cat-toy> ")
  }

  @Test("A token that is not normalised is found only as it is written")
  func asWritten() throws {
    try folder.write(describe(#""normalized": false"#), to: "tokenizer_config.json")
    #expect(try ids("<cat-toy>") == [next])
    #expect(try ids("<Cat-Toy>") == plain.encode("<Cat-Toy>"))
  }

  @Test("A single word is found only where nothing touches it")
  func singleWord() throws {
    try folder.write(describe(#""single_word": true, "normalized": false"#), to: "tokenizer_config.json")
    #expect(try ids("a <cat-toy> x") == plain.encode("a") + [next] + plain.encode("x"))
    #expect(try ids("x<cat-toy>y") == plain.encode("x<cat-toy>y"))
  }

  @Test(
    "Further special tokens get the next ids, and are found as written",
    arguments: [
      ("special_tokens_map.json", "additional_special_tokens"),
      ("tokenizer_config.json", "additional_special_tokens"),
      ("tokenizer_config.json", "extra_special_tokens"),
    ])
  func special(file: String, key: String) throws {
    try folder.write(#"{"\#(key)": ["<one>", {"content": "<Two>"}]}"#, to: file)
    #expect(try ids("<one> <Two>") == [next, next + 1])
    #expect(try ids("<ONE>") == plain.encode("<ONE>"))
  }

  @Test("At each place the longest token is found")
  func longest() throws {
    try folder.write(#"{"<cat": \#(next), "<cat-toy>": \#(next + 1)}"#, to: "added_tokens.json")
    #expect(try ids("<cat-toy><cat") == [next + 1, next])
  }

  @Test("tokenizer.json decides before vocab.json and merges.txt, with its added tokens")
  func tokenizerJSON() throws {
    let url = try Fixture.url("tokenizer.json", bundle: .module)
    let text = try String(contentsOf: url, encoding: .utf8).replacing(
      #""added_tokens":["#,
      with: #""added_tokens":[{"id":\#(next),"content":"<cat-toy>","normalized":false,"special":false},"#)
    try folder.write(text, to: "tokenizer.json")
    #expect(try ids("<cat-toy>") == [next])
    #expect(try ids("a <|endoftext|>") == plain.encode("a") + [plain.endToken])
  }

  @Test("What is saved with added tokens reads back the same")
  func saved() throws {
    try folder.write(describe(#""single_word": true, "normalized": false"#), to: "tokenizer_config.json")
    let tokenizer = try BPETokenizer.load(folder.url)
    let copy = try TemporaryFolder()
    try tokenizer.save(to: copy.url)
    let text = "a <cat-toy> x<cat-toy>"
    #expect(try BPETokenizer.load(copy.url).encode(text) == tokenizer.encode(text))
  }

  @Test(
    "What would make other tokens is refused, and named",
    arguments: [
      ("added_tokens.json", #"{"<x>": 9000}"#, "next free"),
      ("added_tokens.json", #"{"<x>": -1}"#, "no token id"),
      ("tokenizer_config.json", #"{"tokenizer_class": "BertTokenizer"}"#, "BertTokenizer"),
      ("tokenizer_config.json", #"{"eos_token": "[SEP]"}"#, "eos_token"),
      ("tokenizer_config.json", #"{"padding_side": "left"}"#, "padding_side"),
      ("tokenizer_config.json", #"{"new_cleaning": "yes"}"#, "new_cleaning"),
      ("tokenizer_config.json", #"{"auto_map": {"AutoTokenizer": ["x.Y", null]}}"#, "auto_map"),
      (
        "tokenizer_config.json", #"{"added_tokens_decoder": {"7": {"content": "<x>", "fuzzy": true}}}"#,
        "fuzzy"
      ),
      ("special_tokens_map.json", "[1]", "special_tokens_map.json"),
      ("added_tokens.json", "{", "added_tokens.json"),
    ])
  func refused(file: String, text: String, naming: String) throws {
    try folder.write(text, to: file)
    let error = #expect(throws: TokenizerError.self) { try BPETokenizer.load(folder.url) }
    #expect(error?.description.contains(naming) == true, "\(error?.description ?? "")")
  }

  @Test(
    "A tokenizer.json that is not CLIP's is refused by what differs",
    arguments: [
      (#"{"type":"Lowercase"}"#, #"{"type":"Strip","strip_left":true}"#, "Strip"),
      (#"{"type":"Lowercase"}"#, #"{"type":"NFC"}"#, "Lowercase"),
      (#""end_of_word_suffix":"</w>""#, #""end_of_word_suffix":"""#, "end_of_word_suffix"),
    ])
  func foreignTokenizer(old: String, new: String, naming: String) throws {
    let text = try String(contentsOf: Fixture.url("tokenizer.json", bundle: .module), encoding: .utf8)
    try #require(text.contains(old))
    try folder.write(text.replacing(old, with: new), to: "tokenizer.json")
    let error = #expect(throws: TokenizerError.self) { try BPETokenizer.load(folder.url) }
    #expect(error?.description.contains(naming) == true, "\(error?.description ?? "")")
  }
}
