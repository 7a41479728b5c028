import Foundation
import TestSupport
import Testing
import Tokenizer

/// What a text becomes is for the model's own library to say: transformers obeys `tokenizer.json`, open_clip has its own
/// cleaning. Expected ids are those of tokenizers 0.23 and open_clip 3.3 with the small vocabulary.
@Suite("Texts are cleaned and cut as the model's own library does it")
struct TextRuleTests {
  private struct Case {
    let text: String
    let transformers: [Int]
    let openCLIP: [Int]
  }

  private static let endInPieces = [27, 347, 68, 77, 67, 78, 69, 522, 87, 339, 91, 285]
  private static let startInPieces = [27, 347, 528, 520, 83, 78, 69, 522, 87, 339, 91, 285]

  private static let cases = [
    Case(text: "a &amp; b", transformers: [320, 261, 673, 335, 282, 321], openCLIP: [320, 261, 321]),
    Case(text: "cafe\u{301}", transformers: [66, 64, 69, 127, 358], openCLIP: [66, 64, 69, 127, 358]),
    Case(text: "cafÃ©", transformers: [66, 64, 69, 127, 352, 126, 358], openCLIP: [66, 64, 69, 127, 358]),
    Case(text: "Don\u{2019}t", transformers: [544, 158, 222, 503, 339], openCLIP: [544, 543]),
    Case(text: "\u{FB01}sh", transformers: [171, 105, 223, 82, 327], openCLIP: [652]),
    Case(
      text: "ΣΑΣ", transformers: [139, 225, 138, 109, 139, 481], openCLIP: [139, 225, 138, 109, 139, 480]),
    Case(text: "'ſ ſ", transformers: [262, 129, 379, 129, 379], openCLIP: [6, 129, 379, 129, 379]),
    Case(text: "x\u{345}y", transformers: [343, 137, 483, 344], openCLIP: [343, 344]),
    Case(text: "a\u{1C}b", transformers: [320, 472, 321], openCLIP: [64, 321]),
    Case(
      text: "a\u{3000}b\u{85}c\u{FEFF}d", transformers: [320, 321, 322, 171, 119, 379, 323],
      openCLIP: [320, 321, 158, 222, 355, 66, 323]),
    Case(
      text: "<start_of_text>x", transformers: [283, 528, 542, 318, 512, 318, 522, 87, 339, 285, 343],
      openCLIP: [717, 343]),
    Case(text: "a <|endoftext|> b", transformers: [320, 718, 321], openCLIP: [320] + endInPieces + [321]),
    Case(text: "a <|startoftext|>", transformers: [320, 717], openCLIP: [320] + startInPieces),
    Case(
      text: "A<|ENDOFTEXT|>b", transformers: [320] + endInPieces + [321],
      openCLIP: [320] + endInPieces + [321]),
    Case(
      text: "<|ENDOFTEXT|>!!", transformers: endInPieces + [0, 256],
      openCLIP: endInPieces.dropLast() + [29, 0, 256]),
  ]

  private let folder: TemporaryFolder
  private let json: String

  init() throws {
    folder = try TemporaryFolder()
    json = try String(contentsOf: Fixture.url("tokenizer.json", bundle: .module), encoding: .utf8)
    try folder.write(json, to: "tokenizer.json")
  }

  @Test("tokenizer.json's own rules are obeyed")
  func transformers() throws {
    let tokenizer = try BPETokenizer.load(folder.url)
    for item in Self.cases {
      #expect(tokenizer.encode(item.text) == item.transformers, "\(item.text.debugDescription)")
    }
  }

  @Test("With an open_clip model, texts are cleaned by open_clip, and no text is a special token")
  func openCLIP() throws {
    for name in ["vocab.json", "merges.txt"] {
      try folder.write(Data(contentsOf: Fixture.url(name, bundle: .module)), to: name)
    }
    let withJSON = try BPETokenizer.load(folder.url, for: .openCLIP)
    try FileManager.default.removeItem(at: folder.file("tokenizer.json"))
    let withPair = try BPETokenizer.load(folder.url, for: .openCLIP)
    for item in Self.cases {
      #expect(withJSON.encode(item.text) == item.openCLIP, "\(item.text.debugDescription)")
      #expect(withPair.encode(item.text) == item.openCLIP, "\(item.text.debugDescription)")
    }
  }

  @Test(
    "A special token that is normalised is found in lower-cased text, and an older expression has no special tokens"
  )
  func variants() throws {
    try folder.write(
      json.replacing(#""normalized":false"#, with: #""normalized":true"#, maxReplacements: 1),
      to: "tokenizer.json")
    #expect(try BPETokenizer.load(folder.url).encode("<|STARTOFTEXT|> a") == [717, 320])
    let older = json.replacing(#"<\\|startoftext\\|>|<\\|endoftext\\|>|"#, with: "")
    try #require(older != json)
    try folder.write(older, to: "tokenizer.json")
    #expect(
      try BPETokenizer.load(folder.url).encode("<|ENDOFTEXT|>!!")
        == Self.endInPieces.dropLast() + [29, 0, 256])
  }

  @Test("What is saved for transformers keeps the rules; for open_clip, it has none of them")
  func saved() throws {
    let tokenizer = try BPETokenizer.load(folder.url)
    let (own, other) = (try TemporaryFolder(), try TemporaryFolder())
    try tokenizer.save(to: own.url, contextLength: 77)
    #expect(
      try own.contents() == ["merges.txt", "tokenizer.json", "tokenizer_config.json", "vocab.json"])
    let read = try BPETokenizer.load(own.url)
    for item in Self.cases { #expect(read.encode(item.text) == item.transformers) }
    try tokenizer.save(to: other.url, for: .openCLIP)
    #expect(try other.contents() == ["merges.txt", "vocab.json"])
  }

  @Test(
    "transformers learns from tokenizer_config.json how long texts may be, and what the special tokens are")
  func lengthSaved() throws {
    let tokenizer = try BPETokenizer.load(Fixture.url("merges.txt", bundle: .module))
    let copy = try TemporaryFolder()
    try tokenizer.save(to: copy.url, contextLength: 77)
    let text = try String(contentsOf: copy.file("tokenizer_config.json"), encoding: .utf8)
    for line in [
      #""model_max_length" : 77"#, #""tokenizer_class" : "CLIPTokenizer""#,
      #""bos_token" : "<|startoftext|>""#,
      #""eos_token" : "<|endoftext|>""#, #""pad_token" : "<|endoftext|>""#, #""unk_token" : "<|endoftext|>""#,
    ] { #expect(text.contains(line), "\(line) in \(text)") }
    #expect(!text.contains("added_tokens_decoder"))
    #expect(try BPETokenizer.load(copy.url).encode("a red fish") == tokenizer.encode("a red fish"))
  }

  @Test(
    "A tokenizer.json that cleans or cuts in a way that this program does not have is refused by what differs",
    arguments: [
      (#"{"type":"NFC"}"#, #"{"type":"NFKC"}"#, "NFKC"),
      (#"{"type":"NFC"}"#, #"{"type":"StripAccents"}"#, "StripAccents"),
      (#""normalizer":{"#, #""normalizer":null,"n":{"#, "Lowercase"),
      (#"{"Regex":"\\s+"},"content":" ""#, #"{"Regex":"\\s+"},"content":"_""#, "Replace"),
      (#"{"Regex":"\\s+"}"#, #"{"Regex":"\\d+"}"#, "Replace"),
      (#""pre_tokenizer":{"#, #""pre_tokenizer":null,"p":{"#, "pre_tokenizer"),
      (#"[\\p{N}]|"#, #"[\\p{N}]+|"#, "expression"),
      (#""behavior":"Removed""#, #""behavior":"Isolated""#, "behavior"),
      (#""invert":true"#, #""invert":false"#, "invert"),
      (#""ByteLevel","add_prefix_space":false"#, #""ByteLevel","add_prefix_space":true"#, "add_prefix_space"),
    ])
  func foreign(old: String, new: String, naming: String) throws {
    try #require(json.contains(old))
    try folder.write(json.replacing(old, with: new, maxReplacements: 1), to: "tokenizer.json")
    let error = #expect(throws: TokenizerError.self) { try BPETokenizer.load(folder.url) }
    #expect(error?.description.contains(naming) == true, "\(error?.description ?? "")")
    // open_clip reads none of this.
    #expect(throws: Never.self) { try BPETokenizer.load(folder.url, for: .openCLIP) }
  }
}
