/// What somebody may have meant who wrote something that does not exist.
public enum Spelling {
  /// The candidate that is spelt most like `text`, if any is like it: at most one letter in three differs. Case, `_` and
  /// `-` make no difference.
  public static func nearest(to text: String, in candidates: some Sequence<String>) -> String? {
    let wanted = plain(text)
    var best: (candidate: String, distance: Int)?
    for candidate in candidates {
      let distance = distance(wanted, plain(candidate))
      guard distance <= max(1, (wanted.count + 1) / 3), distance < candidate.count else { continue }
      if distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.candidate
  }

  /// Letters to insert, remove, replace or swap with their neighbour to make one text the other.
  static func distance(_ first: [Character], _ second: [Character]) -> Int {
    // Nobody misspells a name by hundreds of letters.
    guard max(first.count, second.count) <= 256 else { return .max }
    guard !first.isEmpty, !second.isEmpty else { return max(first.count, second.count) }
    var before: [Int] = []
    var last = Array(0...second.count)
    for (row, letter) in first.enumerated() {
      var next = [row + 1]
      for (column, other) in second.enumerated() {
        var distance = min(last[column] + (letter == other ? 0 : 1), last[column + 1] + 1, next[column] + 1)
        if row > 0, column > 0, letter == second[column - 1], first[row - 1] == other {
          distance = min(distance, before[column - 1] + 1)
        }
        next.append(distance)
      }
      (before, last) = (last, next)
    }
    return last[second.count]
  }

  private static func plain(_ text: String) -> [Character] {
    Array(text.lowercased()).map { $0 == "_" || $0 == " " ? "-" : $0 }
  }
}
