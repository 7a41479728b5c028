extension BPETokenizer {
  /// Learns a vocabulary: the most frequent pair of neighbouring tokens becomes a token, again and again,
  /// until `vocabularySize` tokens are reached or no pair occurs twice.
  ///
  /// Deterministic: of equally frequent pairs, that of the older tokens is taken.
  public static func train(
    on texts: [String], vocabularySize: Int
  ) throws(TokenizerError) -> BPETokenizer {
    let bytesOnly = try BPETokenizer(merges: [])
    guard vocabularySize >= bytesOnly.vocabularySize else {
      throw .vocabularyTooSmall(size: vocabularySize, minimum: bytesOnly.vocabularySize)
    }
    var trainer = MergeTrainer(
      words: wordCounts(texts, bytesOnly.vocabulary), vocabulary: bytesOnly.vocabulary)
    var merges: [(String, String)] = []
    while merges.count < vocabularySize - bytesOnly.vocabularySize, let merge = trainer.nextMerge() {
      merges.append(merge)
    }
    return try BPETokenizer(merges: merges)
  }

  /// Every word as byte tokens, with the number of its occurrences, in the order of first occurrence.
  private static func wordCounts(_ texts: [String], _ vocabulary: BPEVocabulary) -> [(
    word: [Int32], count: Int
  )] {
    var indices: [[UInt8]: Int] = [:]
    var counts: [(word: [Int32], count: Int)] = []
    for text in texts {
      WordSplitter.forEachWord(in: TextCleaning.clean(text), rules: .openAI) { word in
        if let index = indices[word] {
          counts[index].count += 1
        } else {
          indices[word] = counts.count
          counts.append((vocabulary.byteTokens(of: word), 1))
        }
      }
    }
    return counts
  }
}

/// Pairs of neighbouring tokens in a corpus, with their numbers, kept up to date as pairs are joined.
private struct MergeTrainer {
  private struct Pair: Hashable {
    let left: Int32
    let right: Int32
  }

  /// An entry of the queue; out of date once the pair's number has changed.
  private struct Ranked: Comparable {
    let count: Int
    let pair: Pair

    static func < (a: Ranked, b: Ranked) -> Bool {
      (-a.count, a.pair.left, a.pair.right) < (-b.count, b.pair.left, b.pair.right)
    }
  }

  private var words: [(word: [Int32], count: Int)]
  private var spellings: [String]
  private var known: Set<String>
  private var counts: [Pair: Int] = [:]
  /// The words a pair occurs in, perhaps no longer.
  private var places: [Pair: Set<Int>] = [:]
  private var queue = MinHeap<Ranked>()

  init(words: [(word: [Int32], count: Int)], vocabulary: BPEVocabulary) {
    self.words = words
    spellings = vocabulary.spellings
    known = Set(spellings)
    for index in words.indices { count(index, sign: 1) }
    queue = MinHeap(counts.map { Ranked(count: $1, pair: $0) })
  }

  /// Joins the most frequent pair and gives its parts; nil if no pair occurs twice.
  mutating func nextMerge() -> (String, String)? {
    while let best = queue.removeSmallest() {
      guard counts[best.pair] == best.count else { continue }
      guard best.count > 1 else { return nil }
      let (left, right) = (spellings[Int(best.pair.left)], spellings[Int(best.pair.right)])
      // Another pair may have made the same token; a vocabulary has each token once.
      guard known.insert(left + right).inserted else { continue }
      spellings.append(left + right)
      join(best.pair, as: Int32(spellings.count - 1))
      return (left, right)
    }
    return nil
  }

  private mutating func join(_ pair: Pair, as id: Int32) {
    var changed: Set<Pair> = []
    for index in places[pair] ?? [] {
      changed.formUnion(pairs(of: words[index].word))
      count(index, sign: -1)
      words[index].word = Self.joined(words[index].word, pair, as: id)
      count(index, sign: 1)
      changed.formUnion(pairs(of: words[index].word))
    }
    for pair in changed {
      if let count = counts[pair], count > 0 { queue.insert(Ranked(count: count, pair: pair)) }
    }
    places[pair] = nil
  }

  private mutating func count(_ index: Int, sign: Int) {
    for pair in pairs(of: words[index].word) {
      counts[pair, default: 0] += sign * words[index].count
      if sign > 0 { places[pair, default: []].insert(index) }
    }
  }

  private func pairs(of word: [Int32]) -> [Pair] { zip(word, word.dropFirst()).map(Pair.init) }

  private static func joined(_ word: [Int32], _ pair: Pair, as id: Int32) -> [Int32] {
    var result: [Int32] = []
    var position = 0
    while position < word.count {
      if position + 1 < word.count, word[position] == pair.left, word[position + 1] == pair.right {
        result.append(id)
        position += 2
      } else {
        result.append(word[position])
        position += 1
      }
    }
    return result
  }
}
