/// A table of the report as a part of the page.
struct HTMLTable {
  let table: TableData
  /// Its class in the style sheet.
  let kind: String
  /// What it is, for screen readers.
  let label: String
  /// Whether readers may sort its rows.
  var isSortable = false
  /// Whether intervals stand below the values.
  var showsIntervals = true
  /// Whether the name of a set of rows is written at the first only.
  var namesOnce = false

  func html() -> String {
    let reference = table.rows.filter(\.isReference)
    let others = table.rows.filter { !$0.isReference }
    var bodies: [String] = []
    if !reference.isEmpty { bodies.append("<tbody>\n\(rows(reference))\n</tbody>") }
    if namesOnce {
      bodies += others.split(separatesBefore: \.isFirst).map { "<tbody>\n\(rows($0))\n</tbody>" }
    } else {
      bodies.append("<tbody\(isSortable ? " class=\"sortable\"" : "")>\n\(rows(others))\n</tbody>")
    }
    return """
      <div class="scroll" tabindex="0" role="region" aria-label="\(escapedMarkup(label))">
      <table class="\(kind)">
      <thead>
      \(head())
      </thead>
      \(bodies.joined(separator: "\n"))
      </table>
      </div>
      """
  }

  /// Whether a column begins a group other than the first.
  private func isEdge(_ column: Int) -> Bool {
    guard table.hasGroups, column > 0 else { return false }
    let (own, before) = (table.columns[column].group, table.columns[column - 1].group)
    return own != before && !before.isEmpty
  }

  private func head() -> String {
    let heads = table.columns.enumerated().map { index, column in
      "<th scope=\"col\"\(isEdge(index) ? " class=\"edge\"" : "")>\(escapedMarkup(column.title))</th>"
    }
    let columns =
      "<tr class=\"columns\"><th scope=\"col\">\(escapedMarkup(table.heading))</th>\(heads.joined())</tr>"
    guard table.hasGroups else { return columns }
    var column = 0
    let groups = table.groups.map { group in
      defer { column += group.count }
      guard !group.title.isEmpty else { return String(repeating: "<td></td>", count: group.count) }
      let edge = isEdge(column) ? " class=\"edge\"" : ""
      return "<th colspan=\"\(group.count)\" scope=\"colgroup\"\(edge)>\(escapedMarkup(group.title))</th>"
    }
    return "<tr class=\"groups\"><td></td>\(groups.joined())</tr>\n\(columns)"
  }

  private func rows(_ rows: some Sequence<TableData.Row>) -> String {
    rows.enumerated().map { index, row in
      let note = row.note.isEmpty ? "" : "<small>\(escapedMarkup(row.note))</small>"
      let isNamed = !namesOnce || row.isFirst
      let name =
        row.isReference
        ? escapedMarkup(row.name)
        : isNamed ? "\(row.style.map(Self.swatch) ?? "")<span>\(escapedMarkup(row.name))\(note)</span>" : ""
      let sort = isSortable && !row.isReference ? " data-sort=\"\(index)\"" : ""
      let cells = row.cells.enumerated().map { markup($1, isEdge: isEdge($0)) }
      return
        "<tr\(row.isReference ? " class=\"start\"" : "")><th scope=\"row\"\(sort)>\(name)</th>\(cells.joined())</tr>"
    }.joined(separator: "\n")
  }

  private func markup(_ cell: TableData.Cell, isEdge: Bool) -> String {
    let key = isSortable ? cell.value.map { " data-sort=\"\($0)\"" } ?? "" : ""
    let text = cell.isBest ? "<b>\(escapedMarkup(cell.text))</b>" : escapedMarkup(cell.text)
    let small = showsIntervals ? cell.small.map { "<small>\(escapedMarkup($0))</small>" } ?? "" : ""
    return "<td\(isEdge ? " class=\"edge\"" : "")\(key)>\(text)\(small)</td>"
  }

  /// A piece of the line of a method, as in the plots.
  static func swatch(_ style: PlotStyle) -> String {
    let theme = PlotTheme.page
    let dash = style.dash.map { " stroke-dasharray=\"\($0)\"" } ?? ""
    return """
      <svg class="swatch" viewBox="0 -6 28 12" width="28" height="12" aria-hidden="true" \
      \(theme.current(.series(style)))><path d="M0 0h28" fill="none" \
      stroke="currentColor" stroke-width="2"\(dash)/>\
      <g transform="translate(14 0)">\(PlotMarkers.shape(.symbol, style: style, theme: theme))</g></svg>
      """
  }
}

extension Array {
  /// Runs of elements, each beginning where `begins` says.
  fileprivate func split(separatesBefore begins: (Element) -> Bool) -> [[Element]] {
    reduce(into: []) { runs, element in
      if runs.isEmpty || begins(element) {
        runs.append([element])
      } else {
        runs[runs.count - 1].append(element)
      }
    }
  }
}
