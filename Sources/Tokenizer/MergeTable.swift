/// Which adjacent symbols join into one, and in which order of preference.
struct MergeTable: Sendable {
  private struct Merge {
    let rank: Int32
    let result: Int32
  }

  private var merges: [UInt64: Merge] = [:]

  init(capacity: Int) { merges.reserveCapacity(capacity) }

  mutating func add(_ left: Int32, _ right: Int32, rank: Int32, result: Int32) {
    merges[Self.key(left, right)] = Merge(rank: rank, result: result)
  }

  /// Joins neighbours, the preferred pair first and everywhere from left to right, until no pair is left to
  /// join.
  ///
  /// Time grows as n log n, so that a megabyte without a space is no way to stall a program.
  func joined(_ word: [Int32]) -> [Int32] {
    guard word.count > 1 else { return word }
    var chain = SymbolChain(word)
    var queue = MinHeap((0..<word.count - 1).compactMap { candidate(at: $0, in: chain) })
    var batch: [Candidate] = []
    while let best = queue.removeSmallest() {
      // All places of the best pair are joined before pairs that this creates are looked at.
      batch.removeAll(keepingCapacity: true)
      batch.append(best)
      while let next = queue.smallest, next.rank == best.rank, let next = queue.removeSmallest() {
        batch.append(next)
      }
      for place in batch where chain.hasPair(place.left, place.right, at: place.position) {
        chain.joinWithNext(place.position, as: place.result)
        if let before = chain.before(place.position), let new = candidate(at: before, in: chain) {
          queue.insert(new)
        }
        if let new = candidate(at: place.position, in: chain) { queue.insert(new) }
      }
    }
    return chain.symbols
  }

  private func candidate(at position: Int, in chain: SymbolChain) -> Candidate? {
    guard let (left, right) = chain.pair(at: position), let merge = merges[Self.key(left, right)] else {
      return nil
    }
    return Candidate(
      rank: merge.rank, position: position, left: left, right: right, result: merge.result)
  }

  private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }
}

/// A pair that could be joined; void if its symbols have changed meanwhile.
private struct Candidate: Comparable {
  let rank: Int32
  let position: Int
  let left: Int32
  let right: Int32
  let result: Int32

  static func < (a: Candidate, b: Candidate) -> Bool {
    a.rank != b.rank ? a.rank < b.rank : a.position < b.position
  }
}

/// A list of symbols in which neighbours can be joined in constant time.
private struct SymbolChain {
  private static let gone: Int32 = -1
  private var ids: [Int32]
  private var next: [Int]
  private var previous: [Int]

  init(_ word: [Int32]) {
    ids = word
    next = Array(1...word.count)
    previous = Array(-1..<word.count - 1)
  }

  var symbols: [Int32] { ids.filter { $0 != Self.gone } }

  func pair(at position: Int) -> (Int32, Int32)? {
    let right = next[position]
    return right < ids.count ? (ids[position], ids[right]) : nil
  }

  func hasPair(_ left: Int32, _ right: Int32, at position: Int) -> Bool {
    guard ids[position] == left, let pair = pair(at: position) else { return false }
    return pair.1 == right
  }

  func before(_ position: Int) -> Int? { previous[position] >= 0 ? previous[position] : nil }

  mutating func joinWithNext(_ position: Int, as id: Int32) {
    let joined = next[position]
    ids[position] = id
    ids[joined] = Self.gone
    next[position] = next[joined]
    if next[joined] < ids.count { previous[next[joined]] = position }
  }
}
