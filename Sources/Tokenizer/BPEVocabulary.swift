/// The tokens of a byte-level vocabulary and how bytes become tokens; checked on construction, then
/// unchanging.
final class BPEVocabulary: Sendable {
  /// Spellings of the two special tokens: as in vocabulary files, and as the reference tokenizer has them.
  static let startSpellings = ["<|startoftext|>", "<start_of_text>"]
  static let endSpellings = ["<|endoftext|>", "<end_of_text>"]

  static func isSpecial(_ spelling: String) -> Bool {
    startSpellings.contains(spelling) || endSpellings.contains(spelling)
  }

  /// Spelling of each token, by id.
  let spellings: [String]
  let merges: [(String, String)]
  let startToken: Int
  let endToken: Int
  /// The token of each byte within a word, and at its end.
  private let inner: [Int32]
  private let final: [Int32]
  let table: MergeTable

  /// - Parameters:
  ///   - vocabulary: ids of all tokens; nil for the canonical order: bytes, bytes at the end of a word,
  ///     merges, start, end.
  ///   - place: names the origin of a merge (by index) or, for nil, of the vocabulary, in errors.
  init(
    merges: [(String, String)], vocabulary: [String: Int]?, place: (Int?) -> String
  ) throws(TokenizerError) {
    self.merges = merges
    spellings =
      try vocabulary.map { (ids) throws(TokenizerError) in
        try Self.ordered(ids, place: place(nil))
      } ?? Self.canonicalSpellings(merges)
    var ids: [String: Int32] = [:]
    ids.reserveCapacity(spellings.count)
    for (id, spelling) in spellings.enumerated() {
      guard ids.updateValue(Int32(id), forKey: spelling) == nil else {
        throw .malformed(place: place(nil), problem: "two ways of merging make the token '\(spelling)'")
      }
    }
    startToken = try Self.special(Self.startSpellings, in: ids, place: place(nil))
    endToken = try Self.special(Self.endSpellings, in: ids, place: place(nil))
    inner = try Self.byteTokens(suffix: "", in: ids, place: place(nil))
    final = try Self.byteTokens(suffix: ByteAlphabet.wordEnd, in: ids, place: place(nil))

    var table = MergeTable(capacity: merges.count)
    for (index, (left, right)) in merges.enumerated() {
      guard let leftID = ids[left], let rightID = ids[right], let result = ids[left + right] else {
        let missing = [left, right, left + right].first { ids[$0] == nil } ?? ""
        throw .malformed(
          place: place(index), problem: "the vocabulary lacks the token '\(missing)' of this merge")
      }
      table.add(leftID, rightID, rank: Int32(index), result: result)
    }
    self.table = table
  }

  /// The tokens of single bytes that a word, as UTF-8, begins as.
  func byteTokens(of word: [UInt8]) -> [Int32] {
    guard let last = word.last else { return [] }
    return word.dropLast().map { inner[Int($0)] } + [final[Int(last)]]
  }

  private static func canonicalSpellings(_ merges: [(String, String)]) -> [String] {
    let bytes = ByteAlphabet.bytes.map { String(ByteAlphabet.characters[Int($0)]) }
    return bytes + bytes.map { $0 + ByteAlphabet.wordEnd } + merges.map { $0 + $1 }
      + [startSpellings[0], endSpellings[0]]
  }

  /// Spellings by id, which must be 0, 1, 2 and so on.
  private static func ordered(_ ids: [String: Int], place: String) throws(TokenizerError) -> [String] {
    var result = [String?](repeating: nil, count: ids.count)
    for (spelling, id) in ids {
      guard result.indices.contains(id), result[id] == nil else {
        throw .malformed(
          place: place,
          problem: "token ids must be 0 to \(ids.count - 1), each once, but '\(spelling)' has \(id)")
      }
      result[id] = spelling
    }
    return result.compactMap { $0 }
  }

  private static func special(
    _ spellings: [String], in ids: [String: Int32], place: String
  ) throws(TokenizerError) -> Int {
    for spelling in spellings {
      if let id = ids[spelling] { return Int(id) }
    }
    throw .malformed(place: place, problem: "there is no token '\(spellings[0])'")
  }

  private static func byteTokens(
    suffix: String, in ids: [String: Int32], place: String
  ) throws(TokenizerError) -> [Int32] {
    var result: [Int32] = []
    for character in ByteAlphabet.characters {
      guard let id = ids[String(character) + suffix] else {
        throw .malformed(place: place, problem: "there is no token '\(character)\(suffix)' for a byte")
      }
      result.append(id)
    }
    return result
  }
}
