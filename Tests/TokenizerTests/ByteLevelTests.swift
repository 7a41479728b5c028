import TestSupport
import Testing
import Tokenizer

@Suite struct ByteLevelTests {
  @Test func withoutMergesATokenIsAByte() throws {
    let tokenizer = try BPETokenizer(merges: [])
    #expect(tokenizer.vocabularySize == 514)
    #expect(tokenizer.startToken == 512)
    #expect(tokenizer.endToken == 513)
    // '!' is the first byte in the vocabulary's order; the last byte of a word has its own token.
    #expect(tokenizer.encode("!!") == [0, 256])
    #expect(tokenizer.encode("ab c") == [64, 256 + 65, 256 + 66])
  }

  @Test func mergesApplyInTheirOrder() throws {
    let tokenizer = try BPETokenizer(merges: [("b", "c</w>"), ("a", "b"), ("ab", "c</w>")])
    let bc = 512
    let ab = 513
    #expect(tokenizer.encode("bc") == [bc])
    #expect(tokenizer.encode("abc") == [64, bc], "the better merge comes first")
    #expect(tokenizer.encode("ababx") == [ab, ab, 256 + 87])
  }

  @Test func contextIsStartTextEndAndZeros() throws {
    let tokenizer = try BPETokenizer(merges: [])
    #expect(tokenizer.tokens(for: "a", contextLength: 5) == [512, 256 + 64, 513, 0, 0])
    #expect(tokenizer.tokens(for: "", contextLength: 3) == [512, 513, 0])
    #expect(
      tokenizer.tokens(for: "a b c d", contextLength: 4) == [512, 320, 321, 513], "what is cut keeps the end")
    #expect(tokenizer.tokens(for: "a", contextLength: 0) == [])
  }

  @Test func decodingGivesTheWordsBack() throws {
    let tokenizer = try BPETokenizer(merges: [("a", "b</w>")])
    #expect(tokenizer.decode(tokenizer.encode("A photo, of  a 🎈 ab")) == "a photo , of a 🎈 ab ")
    #expect(tokenizer.decode([tokenizer.startToken, -1, 1_000_000]) == "<|startoftext|>\u{FFFD}\u{FFFD}")
  }
}
