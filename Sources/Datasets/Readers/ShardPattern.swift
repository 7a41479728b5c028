/// Expands the shard patterns of WebDataset: `a-{000..012}.tar`, `{x,y}.tar`, several joined with `::`.
enum ShardPattern {
  /// The most shards a pattern may name.
  static let mostShards = 100_000

  static func expand(_ pattern: String) throws(DatasetError) -> [String] {
    var shards: [String] = []
    for part in split(pattern) { try expand(part[...], prefix: "", into: &shards, pattern: pattern) }
    return shards
  }

  private static func split(_ pattern: String) -> [String] {
    var parts: [String] = [""]
    var rest = pattern[...]
    while let first = rest.first {
      if rest.hasPrefix("::") {
        parts.append("")
        rest = rest.dropFirst(2)
      } else {
        parts[parts.count - 1].append(first)
        rest = rest.dropFirst()
      }
    }
    return parts.filter { !$0.isEmpty }
  }

  private static func expand(
    _ rest: Substring, prefix: String, into shards: inout [String], pattern: String
  ) throws(DatasetError) {
    guard let open = rest.firstIndex(of: "{") else {
      guard shards.count < mostShards else {
        throw .badSpecifier(text: pattern, advice: "it names more than \(mostShards) shards")
      }
      shards.append(prefix + rest)
      return
    }
    guard let close = rest[open...].firstIndex(of: "}") else {
      throw .badSpecifier(text: pattern, advice: "a brace is not closed")
    }
    let inside = rest[rest.index(after: open)..<close]
    let after = rest[rest.index(after: close)...]
    for choice in try choices(inside, pattern: pattern) {
      try expand(after, prefix: prefix + rest[..<open] + choice, into: &shards, pattern: pattern)
    }
  }

  /// `000..012` counts with the width of its first bound; otherwise a list separated by commas.
  private static func choices(_ inside: Substring, pattern: String) throws(DatasetError) -> [String] {
    let parts = inside.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[1].isEmpty else {
      let list = inside.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      guard list.count > 1 else {
        throw .badSpecifier(text: pattern, advice: "braces hold a range {000..012} or a list {a,b}")
      }
      return list
    }
    guard let first = Int(parts[0]), let last = Int(parts[2]), first >= 0, first <= last,
      last - first < mostShards
    else {
      throw .badSpecifier(text: pattern, advice: "the range {\(inside)} does not count upwards")
    }
    return (first...last).map { number in
      let digits = String(number)
      return String(repeating: "0", count: max(0, parts[0].count - digits.count)) + digits
    }
  }
}
