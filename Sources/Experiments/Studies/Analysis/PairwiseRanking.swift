import EvalShift
import Report

/// Which methods are not told apart from the best of them.
struct PairwiseRanking {
  /// Names, in their order.
  let notToldApart: [String]

  /// Corrects over all pairs, since which is the best is known from the same numbers. A pair without a difference is not told apart.
  init(
    _ contenders: [Contender], best: Int,
    difference: (_ one: Contender, _ other: Contender) throws -> StudyContrast?
  ) throws {
    var pairs: [(one: Int, other: Int, p: Double)] = []
    for one in contenders.indices {
      for other in contenders.indices.dropFirst(one + 1) {
        let p = try difference(contenders[one], contenders[other])?.found.pValue ?? 1
        pairs.append((one, other, p))
      }
    }
    let adjusted = try HolmCorrection.adjust(pairs.map(\.p))
    let rivals = zip(pairs, adjusted).compactMap { pair, p -> Int? in
      guard p >= Comparison.level, pair.one == best || pair.other == best else { return nil }
      return pair.one == best ? pair.other : pair.one
    }
    notToldApart = rivals.sorted().map { contenders[$0].name }
  }
}

/// Names as one says them.
enum SentenceList {
  private static let most = 8

  /// `a, b and c`; of many the first, and how many more.
  static func text(_ names: [String]) -> String {
    guard names.count > 1, let last = names.last else { return names.first ?? "" }
    guard names.count <= most else {
      return "\(names.prefix(most).joined(separator: ", ")) and \(names.count - most) more"
    }
    return "\(names.dropLast().joined(separator: ", ")) and \(last)"
  }
}
