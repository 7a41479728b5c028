/// Finds classes by identifier or name: exactly first, then without regard to case, underscores and hyphens.
struct ClassLookup {
  let classes: [DatasetClass]
  private var byID: [String: [Int]] = [:]
  private var byName: [String: [Int]] = [:]
  private var byLooseName: [String: [Int]] = [:]

  init(_ classes: [DatasetClass]) {
    self.classes = classes
    for (index, one) in classes.enumerated() {
      byID[one.id, default: []].append(index)
      byName[one.name, default: []].append(index)
      byLooseName[Self.loose(one.name), default: []].append(index)
    }
  }

  /// All classes the text may mean: by identifier, else by name, else by loose name.
  func candidates(for text: String) -> [Int] {
    byID[text] ?? byName[text] ?? byLooseName[Self.loose(text)] ?? []
  }

  /// The one class the text means, or nil if none.
  func index(of text: String) throws(DatasetError) -> Int? {
    let found = candidates(for: text)
    guard found.count > 1 else { return found.first }
    throw .unknownClasses(
      "'\(text)' may mean any of the classes \(found.map { classes[$0].id }.joined(separator: ", ")): "
        + "use their identifiers")
  }

  /// "; did you mean …?" with the nearest names, or nothing when none is near.
  func suggestion(for text: String) -> String {
    let wanted = Array(Self.loose(text).unicodeScalars.prefix(64))
    let near = classes.map { one in
      (one.name, Self.editDistance(wanted, Array(Self.loose(one.name).unicodeScalars.prefix(64))))
    }.filter { $0.1 <= max(2, wanted.count / 2) }.sorted { $0.1 < $1.1 }.prefix(3)
    return near.isEmpty ? "" : "; did you mean " + near.map { "'\($0.0)'" }.joined(separator: ", ") + "?"
  }

  static func loose(_ text: String) -> String {
    var result = ""
    for word in text.lowercased().split(whereSeparator: { $0 == "_" || $0 == "-" || $0.isWhitespace }) {
      if !result.isEmpty { result += " " }
      result += word
    }
    return result
  }

  /// Fewest insertions, deletions and replacements from one text to the other.
  private static func editDistance(_ first: [Unicode.Scalar], _ second: [Unicode.Scalar]) -> Int {
    var previous = Array(0...second.count)
    for (row, scalar) in first.enumerated() {
      var current = [row + 1]
      for (column, other) in second.enumerated() {
        current.append(
          min(previous[column] + (scalar == other ? 0 : 1), previous[column + 1] + 1, current[column] + 1))
      }
      previous = current
    }
    return previous[second.count]
  }
}
