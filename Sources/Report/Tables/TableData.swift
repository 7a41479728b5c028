/// A table of a report, to be written as a page, CSV, LaTeX or Markdown.
public struct TableData: Sendable, Equatable {
  /// A column of values; the names of rows stand before the first.
  public struct Column: Sendable, Equatable {
    public var title: String
    /// Names the column where titles would be alike, in CSV.
    public var key: String
    /// What stands above neighbouring columns that have it in common; empty for nothing.
    public var group: String
    /// Whether values have intervals.
    public var hasInterval: Bool

    init(_ title: String, key: String, group: String = "", hasInterval: Bool = false) {
      self.title = title
      self.key = key
      self.group = group
      self.hasInterval = hasInterval
    }
  }

  /// One value.
  public struct Cell: Sendable, Equatable {
    /// As people read it.
    public var text: String
    /// As it was measured; nil for words and for what was not measured.
    public var value: Double?
    public var interval: ConfidenceInterval?
    /// What stands below in small type where there is no interval.
    public var note: String?
    /// Whether it is the highest of its column.
    public var isBest = false

    init(_ text: String, value: Double? = nil, note: String? = nil) {
      self.text = text
      self.value = value
      self.note = note
    }

    /// An accuracy in percent with its interval.
    init(_ score: Score?) {
      text = NumberText.percent(score?.measuredTop1)
      value = score?.measuredTop1
      interval = score?.measuredInterval
    }

    /// The difference of two accuracies in points.
    init(from reference: Score?, to score: Score?) {
      guard let value = score?.measuredTop1, let before = reference?.measuredTop1 else {
        self.init(NumberText.missing)
        return
      }
      self.init(NumberText.points(value - before), value: value - before)
    }

    /// What stands below in small type.
    var small: String? { NumberText.interval(interval) ?? note }
  }

  public struct Row: Sendable, Equatable {
    public var name: String
    public var note: String
    public var cells: [Cell]
    /// Whether it is what the others are compared with, and stands apart.
    public var isReference: Bool
    var style: PlotStyle?
    /// Whether a set of rows that belong together begins here.
    var isFirst: Bool

    init(
      _ name: String, note: String = "", cells: [Cell], isReference: Bool = false, style: PlotStyle? = nil,
      isFirst: Bool = false
    ) {
      self.name = name
      self.note = note
      self.cells = cells
      self.isReference = isReference
      self.style = style
      self.isFirst = isFirst
    }
  }

  /// The name of its files, without a suffix.
  public var name: String
  /// What it shows, in sentences.
  public var caption: String
  public var columns: [Column]
  public var rows: [Row]
  /// What stands above the names of rows.
  public var heading = "Method"

  init(name: String, caption: String, columns: [Column], rows: [Row]) {
    self.name = name
    self.caption = caption
    self.columns = columns
    self.rows = rows
  }

  /// Neighbouring columns with one heading: the heading, and how many columns it spans.
  var groups: [(title: String, count: Int)] {
    columns.reduce(into: []) { groups, column in
      if let last = groups.last, last.title == column.group {
        groups[groups.count - 1].count += 1
      } else {
        groups.append((column.group, 1))
      }
    }
  }

  var hasGroups: Bool { columns.contains { !$0.group.isEmpty } }

  /// Marks the highest value of `column`, and all that are shown as the same.
  mutating func markBest(_ column: Int) {
    let compared = rows.indices.filter { !rows[$0].isReference && rows[$0].cells.indices.contains(column) }
    guard compared.count > 1, let best = compared.compactMap({ rows[$0].cells[column].value }).max() else {
      return
    }
    let shown = NumberText.percent(best)
    for row in compared where rows[row].cells[column].text == shown { rows[row].cells[column].isBest = true }
  }
}

extension TableData {
  /// As comma-separated values: accuracies are fractions as they were measured, with the ends of their intervals beside.
  public func csv() throws(ReportError) -> String {
    let heads = columns.flatMap { $0.hasInterval ? [$0.key, "\($0.key)_low", "\($0.key)_high"] : [$0.key] }
    var table = DelimitedTable(columns: [heading.lowercased()] + heads)
    for row in rows {
      let fields = zip(columns, row.cells).flatMap { column, cell -> [String] in
        let value = cell.value.map(Self.number) ?? (cell.text == NumberText.missing ? "" : cell.text)
        guard column.hasInterval else { return [value] }
        return [value, cell.interval.map { "\($0.lower)" } ?? "", cell.interval.map { "\($0.upper)" } ?? ""]
      }
      try table.append([row.name] + fields)
    }
    return table.text()
  }

  /// A number as short as it is exact; whole ones without a point.
  private static func number(_ value: Double) -> String {
    value == value.rounded() && value.magnitude < 1e15 ? "\(Int(value))" : "\(value)"
  }

  /// As GitHub-flavoured Markdown, with the caption below.
  public func markdown() -> String {
    var table = TextTable(
      columns: [TextTable.Column(heading)]
        + columns.map { TextTable.Column($0.group.isEmpty ? $0.title : "\($0.group): \($0.title)", .right) })
    for row in rows {
      table.append(
        [row.note.isEmpty ? row.name : "\(row.name) (\(row.note))"]
          + row.cells.map { cell in cell.small.map { "\(cell.text) (\($0))" } ?? cell.text })
    }
    return table.markdown() + "\n" + TextTable.escapedMarkdown(TextTable.printable(caption)) + "\n"
  }

  /// As a LaTeX table for the package booktabs; intervals stand below their values, as on the page, so that it is not too
  /// wide for one.
  public func latex() -> String {
    let span = columns.count > 5 ? "table*" : "table"
    func row(_ cells: [String]) -> String { cells.joined(separator: " & ") + " \\\\" }
    var lines = [
      "% Needs \\usepackage{booktabs}.", "\\begin{\(span)}[t]", "\\centering", "\\footnotesize",
      "\\setlength{\\tabcolsep}{4pt}",
      "\\caption{\(LaTeXText.escaped(caption))}", "\\label{tab:\(name)}",
      "\\begin{tabular}{l\(String(repeating: "r", count: columns.count))}", "\\toprule",
    ]
    if hasGroups {
      var heads = [""]
      var rules: [String] = []
      var column = 2
      for group in groups {
        heads.append("\\multicolumn{\(group.count)}{c}{\(LaTeXText.escaped(group.title))}")
        if !group.title.isEmpty { rules.append("\\cmidrule(lr){\(column)-\(column + group.count - 1)}") }
        column += group.count
      }
      lines += [row(heads), rules.joined(separator: " ")]
    }
    lines += [row([heading] + columns.map { LaTeXText.escaped($0.title) }), "\\midrule"]
    for (index, entry) in rows.enumerated() {
      if index > 0, entry.isFirst || rows[index - 1].isReference { lines.append("\\midrule") }
      lines.append(row([LaTeXText.escaped(entry.name)] + entry.cells.map(latex)))
      let below = [entry.note] + entry.cells.map { $0.small ?? "" }
      guard below.contains(where: { !$0.isEmpty }) else { continue }
      lines.append(row(below.map { $0.isEmpty ? "" : "{\\scriptsize \(LaTeXText.escaped($0))}" }))
    }
    lines += ["\\bottomrule", "\\end{tabular}", "\\end{\(span)}"]
    return lines.joined(separator: "\n") + "\n"
  }

  private func latex(_ cell: Cell) -> String {
    let text = LaTeXText.escaped(cell.text)
    return cell.isBest ? "\\textbf{\(text)}" : text
  }
}
