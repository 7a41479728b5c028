import Foundation

/// CLIP's tokenizer: cleaned, lower-cased text is cut into words, and the bytes of each word are merged into
/// tokens.
///
/// Gives the ids of the model's own library for the same vocabulary: open_clip's `SimpleTokenizer`, or transformers with
/// the folder's `tokenizer.json`.
public struct BPETokenizer: Sendable {
  let vocabulary: BPEVocabulary
  let added: AddedTokens
  let rules: TextRules
  /// The `tokenizer.json` that the rules are from, as it was read.
  let json: Data?
  private let cache = WordCache()

  init(
    _ vocabulary: BPEVocabulary, added: [AddedToken] = [], rules: TextRules = .openAI, json: Data? = nil
  ) {
    self.vocabulary = vocabulary
    self.added = AddedTokens(added, rules: rules)
    self.rules = rules
    self.json = json
  }

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

  /// Number of tokens, the special and the added ones included.
  public var vocabularySize: Int { max(vocabulary.spellings.count, added.end) }
  /// Added tokens that the vocabulary itself does not have, with their ids.
  public var addedTokens: [(content: String, id: Int)] {
    added.all.filter { $0.id >= vocabulary.spellings.count }.map { ($0.content, $0.id) }
  }
  /// The id that begins every text.
  public var startToken: Int { vocabulary.startToken }
  /// The id that ends every text.
  public var endToken: Int { vocabulary.endToken }

  /// The ids of a text, without start and end.
  public func encode(_ text: String) -> [Int] {
    guard !added.isEmpty else { return encode(cleaned: rules.cleaned(text)) }
    return added.pieces(ofWritten: Array(text.unicodeScalars)).flatMap { piece -> [Int] in
      switch piece {
      case .token(let id): [id]
      case .text(let text): encodeAdded(cleaned: rules.cleaned(text))
      }
    }
  }

  private func encodeAdded(cleaned text: [Unicode.Scalar]) -> [Int] {
    added.pieces(ofCleaned: text).flatMap { piece -> [Int] in
      switch piece {
      case .token(let id): [id]
      case .text(let text): encode(cleaned: text)
      }
    }
  }

  private func encode(cleaned text: [Unicode.Scalar]) -> [Int] {
    var ids: [Int] = []
    WordSplitter.forEachWord(in: text, rules: rules) { word in
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
      if id >= vocabulary.spellings.count, let token = added.all.first(where: { $0.id == id }) {
        bytes += Array((token.content + " ").utf8)
        continue
      }
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
