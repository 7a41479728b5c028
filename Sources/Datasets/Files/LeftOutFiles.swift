import ImageCodec

/// Counts of files that are there and not used: by suffix in lower case without its dot, or by one of the keys here.
public enum LeftOutFiles {
  /// Entries whose names begin with a dot.
  public static let hidden = "hidden files"
  /// What operating systems, file managers and notebooks drop: `.DS_Store`, `Thumbs.db`, `__MACOSX` and their like.
  public static let system = "system files"
  /// Pipes, sockets and devices.
  public static let special = "special files"
  /// Files that a list names and that are not there.
  public static let missing = "missing files"
  /// Images that a file of labels has none for.
  public static let unlabelled = "images without a label"
  /// Rows of a table, or images, that are of none of the splits that are named.
  public static let otherRows = "of other splits"
  /// Images that cannot be decoded and were to be skipped.
  public static let undecodable = "undecodable images"
  /// Links in an archive.
  public static let links = "links"

  /// "3 .txt, 1 without suffix, 2 hidden files", the most first; empty where nothing is left out.
  public static func words(_ counts: [String: Int]) -> String {
    counts.sorted { $0.value == $1.value ? String.bytewise($0.key, $1.key) : $0.value > $1.value }
      .map { "\($0.value) \(name(ofKey: $0.key))" }.joined(separator: ", ")
  }

  /// The counts without the droppings of operating systems, and without rows that nobody asked for, which nobody misses.
  public static func withoutSystemFiles(_ counts: [String: Int]) -> [String: Int] {
    counts.filter { $0.key != system && $0.key != otherRows }
  }

  private static func name(ofKey key: String) -> String {
    switch key {
    case hidden, system, special, missing, unlabelled, otherRows, undecodable, links: key
    case "": "without suffix"
    case _ where key.hasSuffix("/"): "in \(key)"
    default: "." + key
    }
  }
}

extension [String: Int] {
  /// Adds the counts of another, key by key.
  mutating func add(_ other: [String: Int]) { merge(other, uniquingKeysWith: +) }

  mutating func count(_ key: String, _ number: Int = 1) {
    if number > 0 { self[key, default: 0] += number }
  }
}
