import TestSupport
import Testing
import Tokenizer

/// Text that was decoded wrongly is read as it was meant; what is meant as it stands is left alone. Each expectation is what
/// ftfy 6.3.1 makes of it.
@Suite("Wrongly decoded text")
struct MojibakeTests {
  private let tokenizer: BPETokenizer

  init() throws { tokenizer = try BPETokenizer.load(Fixture.url("bpe.txt.gz", bundle: .module)) }

  private func expect(_ text: String, readAs meant: String, sourceLocation: SourceLocation = #_sourceLocation)
  {
    #expect(tokenizer.encode(text) == tokenizer.encode(meant), "\(text)", sourceLocation: sourceLocation)
  }

  @Test(
    "UTF-8 read as Latin-1, Windows' and other encodings",
    arguments: [
      ("a sÃ³ photo", "a só photo"), ("cafÃ© crÃ¨me", "café crème"), ("itâ€™s a dog", "it's a dog"),
      ("â€œquotedâ€\u{9D} text", "\"quoted\" text"), ("dash â€” here", "dash — here"), ("wait â€¦", "wait …"),
      ("voilÃ  le travail", "voilà le travail"), ("voilÃ\u{A0} le", "voilà le"), ("Ã¼ber groÃŸ", "über groß"),
      ("ÐŸÑ€Ð¸Ð²ÐµÑ‚", "Привет"), ("ðŸ˜€ smile", "😀 smile"), ("l‚Äôhumanit√©", "l'humanité"),
      ("JosΓ\u{AA}", "JosΓ\u{AA}"), ("Â£20 and Â© 2020", "£20 and © 2020"), ("100Â\u{A0}km", "100 km"),
    ])
  func once(text: String, meant: String) { expect(text, readAs: meant) }

  @Test(
    "Twice and three times over",
    arguments: [
      ("cafÃƒÂ© noir", "café noir"), ("itÃ¢â‚¬â„¢s", "it's"), ("naÃƒÆ’Ã‚Â¯ve", "naïve"),
    ])
  func twice(text: String, meant: String) { expect(text, readAs: meant) }

  @Test(
    "In a part of a text that is right otherwise",
    arguments: [("“curly” and cafÃ© ☃", "“curly” and café ☃"), ("日本 sÃ³", "日本 só")])
  func part(text: String, meant: String) { expect(text, readAs: meant) }

  @Test("Bytes that got lost are marked, and the rest is read")
  func lost() { expect("â€œ like this â€\u{FFFD}", readAs: "“ like this \u{FFFD}") }

  @Test(
    "What is meant as it stands is left alone",
    arguments: [
      "São Paulo", "Ångström", "naïve façade", "5 × 3 = 15", "PARCE QUE SUR LEURS PLAQUES IL Y AVAIT MARQUÉ…",
      "£5 – £6",
      "«guillemets»", "Ⅷ ≤ ∞", "Привет мир", "Ελληνικά", "日本語", "HÔTEL «CAFÉ»", "¡Hola! ¿Qué tal?",
    ])
  func leftAlone(text: String) {
    func letters(_ text: String) -> String { text.lowercased().filter { !$0.isWhitespace } }
    #expect(letters(tokenizer.decode(tokenizer.encode(text))) == letters(text))
  }
}
