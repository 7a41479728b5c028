/// What a page of Markdown has of headings, code and commands.
struct MarkdownText {
  /// Lines outside fenced code, without inline code.
  private(set) var prose = ""
  private(set) var inlineCode: [String] = []
  /// What headings are called in links.
  private(set) var anchors: Set<String> = []
  private var fenced: [String] = []

  init(_ text: String) {
    var isFenced = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      if line.drop(while: { $0 == " " }).hasPrefix("```") {
        isFenced.toggle()
      } else if isFenced {
        fenced.append(line)
      } else {
        if line.hasPrefix("#") { anchors.insert(Self.anchor(line)) }
        prose += line + "\n"
      }
    }
    var plain = ""
    for (place, piece) in prose.split(separator: "`", omittingEmptySubsequences: false).enumerated() {
      if place.isMultiple(of: 2) {
        plain += piece
      } else {
        // A line may break within code.
        inlineCode.append(String(piece).replacing("\n", with: " ").replacing("\\|", with: "|"))
      }
    }
    prose = plain
  }

  /// The words after `clipft` of every line that runs it, in fenced and in inline code.
  var commandLines: [[String]] {
    let joined = fenced.joined(separator: "\n").replacing("\\\n", with: " ")
    let lines = inlineCode.filter { $0.hasPrefix("clipft ") } + joined.split(separator: "\n").map(String.init)
    return lines.flatMap(Self.commands)
  }

  private static func commands(in line: String) -> [[String]] {
    let code = line.firstRange(of: " #").map { line[..<$0.lowerBound] } ?? line[...]
    let parts = code.split(whereSeparator: { "|;&>".contains($0) })
    return parts.compactMap { part in
      let words = part.split(separator: " ").map(String.init)
        .drop { ["$", "do", "time", "exec"].contains($0) || $0.contains(/^[A-Z_]+=/) }
      guard words.first == "clipft" else { return nil }
      return words.dropFirst().map { $0.trimmingBrackets() }
    }
  }

  /// As GitHub makes them: lower case, without punctuation, dashes for spaces.
  private static func anchor(_ heading: String) -> String {
    let title = heading.drop { $0 == "#" }.drop { $0 == " " }.lowercased()
    return String(title.filter { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" || $0 == " " })
      .replacing(" ", with: "-")
  }
}

extension String {
  /// Brackets around what may be left out.
  fileprivate func trimmingBrackets() -> String {
    String(drop { $0 == "[" }.reversed().drop { $0 == "]" || $0 == ")" }.reversed())
  }
}
