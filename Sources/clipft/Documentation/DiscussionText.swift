/// The text of a command's help, as the parts that a page shows in different ways.
enum DiscussionText {
  enum Part {
    case paragraph(String)
    /// Lines that people type.
    case example([String])
    /// Names, each with what it means.
    case list([(name: String, meaning: String)])
    /// Lines whose breaks and spaces mean something.
    case lines([String])
  }

  /// Lines that begin with two spaces are examples, a list, or kept as they are; all others make paragraphs.
  static func parts(of text: String) -> [Part] {
    var parts: [Part] = []
    var block: [String] = []
    func finish() {
      while block.last?.isEmpty == true { block.removeLast() }
      guard let first = block.first else { return }
      parts.append(isIndented(first) ? indented(block) : .paragraph(block.joined(separator: " ")))
      block = []
    }
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      if line.allSatisfy(\.isWhitespace)
        || block.first.map(isIndented) ?? isIndented(line) != isIndented(line)
      {
        finish()
      }
      if !line.allSatisfy(\.isWhitespace) { block.append(line) }
    }
    finish()
    return parts
  }

  private static func isIndented(_ line: String) -> Bool { line.hasPrefix(indent) }

  private static let indent = "  "

  private static func indented(_ block: [String]) -> Part {
    let lines = block.map { String($0.dropFirst(indent.count)) }
    if lines.contains(where: { $0.contains("clipft ") }) { return .example(lines) }
    let entries = lines.compactMap { line -> (name: String, meaning: String)? in
      guard let colon = line.firstRange(of: ": "), !line[..<colon.lowerBound].contains(" ") else {
        return nil
      }
      return (String(line[..<colon.lowerBound]), String(line[colon.upperBound...]))
    }
    return entries.count == lines.count ? .list(entries) : .lines(lines)
  }
}
