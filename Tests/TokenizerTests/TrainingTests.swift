import Foundation
import TestSupport
import Testing
import Tokenizer

@Suite struct TokenizerTrainingTests {
  private func corpus() throws -> [String] {
    try Fixture.text("corpus.txt", bundle: .module).split(separator: "\n").map(String.init)
  }

  private func mergeLines(_ tokenizer: BPETokenizer) throws -> [String] {
    let folder = try TemporaryFolder()
    try tokenizer.save(to: folder.url)
    return try String(contentsOf: folder.file("merges.txt"), encoding: .utf8)
      .split(separator: "\n").dropFirst().map(String.init)
  }

  @Test func mergesAreThoseOfPlainCounting() throws {
    let expected = try Fixture.text("merges.txt", bundle: .module).split(separator: "\n").dropFirst().map(
      String.init)
    // More tokens than the corpus has pairs to make: training ends early.
    #expect(try mergeLines(.train(on: corpus(), vocabularySize: 10_000)) == expected)
    let small = try BPETokenizer.train(on: corpus(), vocabularySize: 600)
    #expect(small.vocabularySize == 600)
    #expect(try mergeLines(small) == Array(expected.prefix(86)))
  }

  @Test func frequentWordsBecomeSingleTokens() throws {
    let tokenizer = try BPETokenizer.train(on: corpus(), vocabularySize: 10_000)
    for word in ["photo", "background", "the"] { #expect(tokenizer.encode(word).count == 1) }
    #expect(tokenizer.encode("a photo, of").map { tokenizer.decode([$0]) } == ["a ", "photo ", ", ", "of "])
  }

  @Test func anythingCanStillBeEncoded() throws {
    let tokenizer = try BPETokenizer.train(on: ["a b"], vocabularySize: 514)
    #expect(tokenizer.decode(tokenizer.encode("日本 🎈")) == "日本 🎈 ")
    #expect(try BPETokenizer.train(on: [], vocabularySize: 600).vocabularySize == 514)
  }

  @Test func aVocabularyHoldsAtLeastAllBytes() {
    #expect(throws: TokenizerError.vocabularyTooSmall(size: 513, minimum: 514)) {
      try BPETokenizer.train(on: ["a"], vocabularySize: 513)
    }
    #expect(throws: TokenizerError.self) { try BPETokenizer.train(on: ["a"], vocabularySize: -1) }
  }
}
