/// Help as the argument parser writes it, but for its longest line.
enum HelpText {
  private static let start = "USAGE: "

  /// Breaks the line that shows all arguments between two of them; the parser breaks all others.
  static func wrappingUsage(of text: String, to columns: Int) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.hasPrefix(start) && $0.count > columns ? wrapped($0, to: columns) : String($0) }
      .joined(separator: "\n")
  }

  private static func wrapped(_ usage: Substring, to columns: Int) -> String {
    var lines: [String] = []
    var line = ""
    for part in usage.replacing(" [", with: "\n[").replacing(" --", with: "\n--").split(separator: "\n") {
      if line.isEmpty {
        line = String(part)
      } else if line.count + 1 + part.count <= columns {
        line += " " + part
      } else {
        lines.append(line)
        line = String(repeating: " ", count: start.count) + part
      }
    }
    return (lines + [line]).joined(separator: "\n")
  }
}
