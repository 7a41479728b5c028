/// CLIP's tokenizer: cleaned, lower-cased text is cut into words, and the bytes of each word are merged into
/// tokens.
///
/// Gives the ids of the reference implementation (open_clip's `SimpleTokenizer`) for the same vocabulary.
public struct BPETokenizer: Sendable {
  let vocabulary: BPEVocabulary
  private let cache = WordCache()

  init(_ vocabulary: BPEVocabulary) { self.vocabulary = vocabulary }

  /// A tokenizer from its merges, best first, in the alphabet of vocabulary files (bytes as printable
  /// characters, `</w>` at the end of words).
  ///
  /// - Parameter vocabulary: ids of all tokens, 0 to n − 1; nil for CLIP's order (bytes, bytes at the end of
  ///   a word, merges, start, end).
  public init(merges: [(String, String)], vocabulary: [String: Int]? = nil) throws(TokenizerError) {
    self.init(
      try BPEVocabulary(merges: merges, vocabulary: vocabulary) { index in
        index.map { "merge \($0)" } ?? "vocabulary"
      })
  }

  /// Number of tokens, the special ones included.
  public var vocabularySize: Int { vocabulary.spellings.count }
  /// The id that begins every text.
  public var startToken: Int { vocabulary.startToken }
  /// The id that ends every text.
  public var endToken: Int { vocabulary.endToken }

  /// The ids of a text, without start and end.
  public func encode(_ text: String) -> [Int] {
    var ids: [Int] = []
    WordSplitter.forEachWord(in: TextCleaning.clean(text)) { word in
      for id in tokens(of: word) { ids.append(Int(id)) }
    }
    return ids
  }

  /// Start, the ids of a text and end, padded with 0 to `contextLength`; what is too long is cut, keeping the
  /// end.
  public func tokens(for text: String, contextLength: Int) -> [Int32] {
    guard contextLength > 0 else { return [] }
    var tokens = [Int32(startToken)]
    tokens += encode(text).prefix(contextLength).map { Int32($0) }
    tokens.append(Int32(endToken))
    if tokens.count > contextLength {
      tokens.removeLast(tokens.count - contextLength)
      tokens[contextLength - 1] = Int32(endToken)
    }
    return tokens + [Int32](repeating: 0, count: contextLength - tokens.count)
  }

  /// The text of some ids: a space after every word, special tokens as they are spelled, U+FFFD for what is
  /// no id or no UTF-8.
  public func decode(_ ids: [Int]) -> String {
    var bytes: [UInt8] = []
    for id in ids {
      guard vocabulary.spellings.indices.contains(id) else {
        bytes += Array("\u{FFFD}".utf8)
        continue
      }
      let spelling = vocabulary.spellings[id]
      let endsWord = spelling.hasSuffix(ByteAlphabet.wordEnd)
      let stem = endsWord ? spelling.dropLast(ByteAlphabet.wordEnd.count) : spelling[...]
      bytes += ByteAlphabet.bytes(of: stem) ?? Array(stem.utf8)
      if endsWord { bytes.append(UInt8(ascii: " ")) }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private func tokens(of word: [UInt8]) -> [Int32] {
    cache.tokens(of: word) {
      // Spelled out in a text, the special tokens are themselves: so does the reference.
      if word.elementsEqual(BPEVocabulary.startSpellings[1].utf8) { return [Int32(startToken)] }
      if word.elementsEqual(BPEVocabulary.endSpellings[1].utf8) { return [Int32(endToken)] }
      return vocabulary.table.joined(vocabulary.byteTokens(of: word))
    }
  }
}
