/// A table aligned for a terminal, or as Markdown.
public struct TextTable: Sendable, Equatable {
  /// To which side of its column text is set.
  public enum Alignment: Sendable, Equatable {
    case left, right
  }

  /// A column of the table.
  public struct Column: Sendable, Equatable {
    public var title: String
    public var alignment: Alignment
    /// The most cells the column takes; longer text is cut and ends in an ellipsis.
    public var widthLimit: Int?

    /// A column under `title`.
    public init(_ title: String, _ alignment: Alignment = .left, widthLimit: Int? = nil) {
      self.title = title
      self.alignment = alignment
      self.widthLimit = widthLimit
    }
  }

  public private(set) var columns: [Column]
  public private(set) var rows: [[String]] = []

  /// A table with these columns and no rows.
  public init(columns: [Column]) { self.columns = columns }

  /// Adds a row; fields it lacks are empty, and fields beyond the last column get columns without a title.
  public mutating func append(_ row: [String]) {
    while columns.count < row.count { columns.append(Column("")) }
    rows.append(row)
  }

  /// The table as lines: titles, a rule, then the rows, with columns two cells apart.
  public func text() -> String {
    guard !columns.isEmpty else { return "" }
    let lines = ([columns.map(\.title)] + rows).map(shownCells)
    let widths = columns.indices.map { column in lines.map { DisplayWidth.cells($0[column]) }.max() ?? 0 }
    let rule = widths.map { String(repeating: "─", count: $0) }.joined(separator: "  ")
    let texts = lines.map { cells in
      let padded = cells.indices.map { pad(cells[$0], to: widths[$0], columns[$0].alignment) }
      return trimmedAtEnd(padded.joined(separator: "  "))
    }
    return ([texts[0], rule] + texts.dropFirst()).joined(separator: "\n") + "\n"
  }

  /// The table as GitHub-flavoured Markdown.
  public func markdown() -> String {
    guard !columns.isEmpty else { return "" }
    let marks = columns.map { $0.alignment == .right ? "---:" : "---" }
    let lines = ([columns.map(\.title)] + rows).map { row in shownCells(of: row).map(Self.escapedMarkdown) }
    return ([lines[0], marks] + lines.dropFirst()).map { "| \($0.joined(separator: " | ")) |\n" }.joined()
  }

  /// The row with a cell for each column, fit to be shown.
  private func shownCells(of row: [String]) -> [String] {
    columns.enumerated().map { index, column in
      let text = index < row.count ? Self.printable(row[index]) : ""
      guard let limit = column.widthLimit, limit > 0, DisplayWidth.cells(text) > limit else { return text }
      var cut = ""
      var used = 1
      for character in text {
        used += DisplayWidth.cells(character)
        if used > limit { break }
        cut.append(character)
      }
      return cut + "…"
    }
  }

  /// Text that cannot move the cursor, colour the terminal or end the line.
  static func printable(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      let isSpace = scalar == "\n" || scalar == "\r" || scalar == "\t"
      result.unicodeScalars.append(isSpace ? " " : scalar.isUnprintable ? "\u{FFFD}" : scalar)
    }
    return result
  }

  private func pad(_ text: String, to width: Int, _ alignment: Alignment) -> String {
    let space = String(repeating: " ", count: max(0, width - DisplayWidth.cells(text)))
    return alignment == .right ? space + text : text + space
  }

  private func trimmedAtEnd(_ line: String) -> String {
    var line = line
    while line.last == " " { line.removeLast() }
    return line
  }

  /// Text that Markdown shows as it is, in cells and elsewhere.
  static func escapedMarkdown(_ text: String) -> String {
    var result = ""
    for character in text {
      if "\\|`*<[".contains(character) { result.append("\\") }
      result.append(character)
    }
    return result
  }
}
