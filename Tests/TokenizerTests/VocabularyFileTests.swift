import Foundation
import TestSupport
import Testing
import Tokenizer

@Suite struct VocabularyFileTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private static let sentence = "a photo of the red bicycle, on a white background; 3 boats don't float"

  private func copy(_ name: String, as newName: String? = nil) throws {
    try folder.write(Data(contentsOf: Fixture.url(name, bundle: .module)), to: newName ?? name)
  }

  @Test func everyFormatGivesTheSameTokenizer() throws {
    let expected = try BPETokenizer.load(Fixture.url("bpe.txt.gz", bundle: .module))
    for names in [["vocab.json", "merges.txt"], ["tokenizer.json"], ["merges.txt"]] {
      let folder = try TemporaryFolder()
      for name in names {
        try folder.write(Data(contentsOf: Fixture.url(name, bundle: .module)), to: name)
      }
      let url = names == ["merges.txt"] ? folder.file("merges.txt") : folder.url
      let tokenizer = try BPETokenizer.load(url)
      #expect(tokenizer.vocabularySize == expected.vocabularySize)
      #expect(tokenizer.startToken == expected.startToken)
      #expect(tokenizer.endToken == expected.endToken)
      #expect(tokenizer.encode(Self.sentence) == expected.encode(Self.sentence), "\(names)")
    }
  }

  @Test func whatIsSavedIsLoaded() throws {
    let tokenizer = try BPETokenizer.load(Fixture.url("merges.txt", bundle: .module))
    try tokenizer.save(to: folder.url)
    #expect(try folder.contents() == ["merges.txt", "vocab.json"])
    #expect(
      try Data(contentsOf: folder.file("merges.txt"))
        == Data(contentsOf: Fixture.url("merges.txt", bundle: .module)))
    let loaded = try BPETokenizer.load(folder.url)
    #expect(loaded.encode(Self.sentence) == tokenizer.encode(Self.sentence))
    #expect(loaded.vocabularySize == tokenizer.vocabularySize)
    #expect(throws: TokenizerError.self) { try tokenizer.save(to: folder.file("no/such/folder")) }
  }

  @Test func idsMayBeInAnyOrder() throws {
    let plain = try BPETokenizer(merges: [("a", "b</w>")])
    try plain.save(to: folder.url)
    let saved = try JSONDecoder().decode(
      [String: Int].self, from: Data(contentsOf: folder.file("vocab.json")))
    let reversed = saved.mapValues { saved.count - 1 - $0 }
    let tokenizer = try BPETokenizer(merges: [("a", "b</w>")], vocabulary: reversed)
    #expect(tokenizer.encode("ab a") == plain.encode("ab a").map { saved.count - 1 - $0 })
    #expect(tokenizer.decode(tokenizer.encode("ab a")) == "ab a ")
  }

  @Test func openAIFilesListMoreMergesThanTheModelsKnow() throws {
    // Two byte tokens a merge, distinct ones: enough for the real file's length.
    let letters = (0..<256).compactMap { Unicode.Scalar(0x100 + $0) }.prefix(67)
    let printable = (0xAE...0xFF).compactMap { Unicode.Scalar($0) }
    let symbols = (Array(letters) + printable + (0x21...0x7E).compactMap { Unicode.Scalar($0) }).map(
      String.init)
    let pairs = symbols.flatMap { left in symbols.map { "\(left) \($0)" } }
    let text = "\"bpe_simple_vocab#version: 0.2\n" + pairs.prefix(60_000).joined(separator: "\n")
    let tokenizer = try BPETokenizer.load(folder.write(text, to: "bpe_simple_vocab_16e6.txt"))
    #expect(tokenizer.vocabularySize == 49408)
    #expect(tokenizer.startToken == 49406)
    #expect(tokenizer.endToken == 49407)
  }

  @Test func aFolderWithoutVocabularyIsRefused() throws {
    let error = #expect(throws: TokenizerError.self) { try BPETokenizer.load(folder.url) }
    #expect(error?.kind == .inputNotFound)
    let missing = #expect(throws: TokenizerError.self) { try BPETokenizer.load(folder.file("missing")) }
    #expect(missing?.kind == .inputNotFound)
  }

  @Test(
    arguments: [
      "a", "a b c", "a\u{A0}b", "a 日", "zz a", "a b\na b", "a b\nab</w> c", "a b</w>\na b</w> c", "\u{0} a",
    ])
  func badMergesAreRefusedWithTheirLine(lines: String) throws {
    let url = try folder.write("#version: 0.2\n\(lines)", to: "merges.txt")
    let error = #expect(throws: TokenizerError.self) { try BPETokenizer.load(url) }
    #expect(error?.kind == .badData)
    #expect(error?.description.contains("merges.txt") == true)
  }

  @Test func anErrorNamesTheLine() throws {
    let url = try folder.write("#version: 0.2\na b\n\nzz a\n", to: "merges.txt")
    let error = #expect(throws: TokenizerError.self) { try BPETokenizer.load(url) }
    #expect(error?.description.contains("line 4") == true)
    #expect(error?.description.contains("'zz'") == true)
  }

  @Test(
    arguments: [
      "", "{", "[]", "null", "{}", #"{"a": "b"}"#, #"{"a": 1.5}"#, #"{"a": 99999999999999999999}"#,
      #"{"a": -1}"#,
      #"{"!": 0}"#, #"{"<|startoftext|>": 0, "<|endoftext|>": 1}"#, String(repeating: "[", count: 200_000),
      String(repeating: #"{"a":"#, count: 200_000), "\u{FEFF}{}",
    ])
  func badVocabulariesAreRefused(json: String) throws {
    try copy("merges.txt")
    try folder.write(json, to: "vocab.json")
    let error = #expect(throws: TokenizerError.self) { try BPETokenizer.load(folder.url) }
    #expect(error?.kind == .badData)
    try folder.write(#"{"model": {"vocab": \#(json), "merges": []}}"#, to: "t.json")
    #expect(throws: TokenizerError.self) { try BPETokenizer.load(folder.file("t.json")) }
    try folder.write(#"{"model": {"vocab": {}, "merges": \#(json)}}"#, to: "t.json")
    #expect(throws: TokenizerError.self) { try BPETokenizer.load(folder.file("t.json")) }
  }

  @Test func idsMustBeDense() throws {
    try copy("merges.txt")
    let good = try JSONDecoder().decode(
      [String: Int].self, from: Data(contentsOf: Fixture.url("vocab.json", bundle: .module)))
    for (name, id) in [("!", 1), ("!", good.count), ("!", Int.max), ("!", Int.min), ("new", good.count + 1)] {
      var bad = good
      bad[name] = id
      try folder.write(JSONEncoder().encode(bad), to: "vocab.json")
      #expect(throws: TokenizerError.self, "\(name) = \(id)") { try BPETokenizer.load(folder.url) }
    }
    for missing in ["!", "a</w>", "<|endoftext|>", "th"] {
      let bad = good.filter { $0.key != missing }.sorted { $0.value < $1.value }.enumerated()
      try folder.write(
        JSONEncoder().encode(Dictionary(uniqueKeysWithValues: bad.map { ($1.key, $0) })), to: "vocab.json")
      let error = #expect(throws: TokenizerError.self) { try BPETokenizer.load(folder.url) }
      #expect(error?.description.contains("'\(missing)'") == true)
    }
  }

  @Test func damagedGzipIsRefused() throws {
    let good = try Data(contentsOf: Fixture.url("bpe.txt.gz", bundle: .module))
    for length in stride(from: 2, to: good.count, by: 7) {
      let url = try folder.write(good.prefix(length), to: "x.gz")
      #expect(throws: TokenizerError.self, "\(length) bytes") { try BPETokenizer.load(url) }
    }
    for position in stride(from: 10, to: good.count, by: 5) {
      var bad = good
      bad[position] ^= 0x55
      #expect(throws: TokenizerError.self, "byte \(position)") {
        try BPETokenizer.load(folder.write(bad, to: "x.gz"))
      }
    }
  }

  @Test func filesCutShortNeverCrash() throws {
    let bytes = try Data(contentsOf: Fixture.url("tokenizer.json", bundle: .module))
    for length in stride(from: 0, to: bytes.count - 1, by: 97) {
      let url = try folder.write(bytes.prefix(length), to: "tokenizer.json")
      #expect(throws: TokenizerError.self) { try BPETokenizer.load(url) }
    }
  }
}
