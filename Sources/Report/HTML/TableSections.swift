/// The tables of the page with what is needed to read them.
struct TableSections {
  private let document: ReportDocument

  init(_ document: ReportDocument) { self.document = document }

  func html() -> String { [methods(), rules()].filter { !$0.isEmpty }.joined(separator: "\n") }

  private func methods() -> String {
    guard let table = document.methodTable else { return "" }
    return """
      <section>
      <h2>Methods</h2>
      \(HTMLTable(table: table, kind: "methods", label: "Table of methods", isSortable: true).html())
      <p class="note">\(escapedMarkup(table.caption))</p>
      \(points())
      </section>
      """
  }

  private func points() -> String {
    guard let table = document.pointTable else { return "" }
    let points = HTMLTable(
      table: table, kind: "points", label: "Table of all points", showsIntervals: false, namesOnce: true)
    return """
      <details class="long"><summary>All points of all curves</summary>
      \(points.html())
      </details>
      """
  }

  private func rules() -> String {
    guard let table = document.ruleTable else { return "" }
    let words = document.rules.map { "<dt>\(escapedMarkup($0.rule))</dt><dd>\(escapedMarkup($0.words))</dd>" }
    return """
      <section>
      <h2>Which α</h2>
      \(HTMLTable(table: table, kind: "points rules", label: "Table of rules that select alpha").html())
      <dl class="rules">\(words.joined())</dl>
      </section>
      """
  }
}
