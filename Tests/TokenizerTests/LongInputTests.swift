import Testing
import Tokenizer

/// Input of any length and kind is encoded in reasonable time.
@Suite struct LongInputTests {
  @Test(.timeLimit(.minutes(1)))
  func aMegabyteWithoutASpaceIsOneWord() throws {
    let tokenizer = try BPETokenizer(merges: [("a", "a"), ("aa", "aa"), ("aaaa", "aaaa")])
    // The last byte of a word has a token of its own.
    let text = String(repeating: "a", count: (1 << 20) + 1)
    #expect(tokenizer.encode(text).count == (1 << 17) + 1)
  }

  @Test(.timeLimit(.minutes(1)))
  func repeatedMarkupIsNoTrap() throws {
    let tokenizer = try BPETokenizer(merges: [])
    for piece in [
      "&", "&amp;", "&amp", "&#", "&#9", "&notit", "<", "\u{1B}[", "\n", " ", "\u{300}", "Σ", "\u{FF01}",
    ] {
      let text = String(repeating: piece, count: 100_000)
      #expect(tokenizer.tokens(for: text, contextLength: 77).count == 77, "\(piece)")
    }
  }
}
