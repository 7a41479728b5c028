/// The table of methods: what they tune and what they score, fine-tuned and at the selected alpha.
struct MethodTable {
  private let document: ReportDocument
  private let shiftNames: [String]
  private let start: CurvePoint?
  private let startAverage: Score?

  init(_ document: ReportDocument) {
    self.document = document
    shiftNames = document.shiftNames
    start = document.startingPoint
    startAverage = start?.averageShift(over: shiftNames)
  }

  /// One value of the table.
  private struct Cell {
    var text: String
    var note: String?
    var sortKey: Double?
    var isBest = false
    /// Whether a group of columns begins here.
    var isEdge = false
  }

  func html() -> String {
    guard !document.methods.isEmpty else { return "" }
    var rows = document.methods.map(cells)
    for column in 0..<(rows.first?.count ?? 0) where isScore(column) { markBest(&rows, column) }
    let body = zip(document.methods.indices, rows).map { index, cells in
      let method = document.methods[index]
      return """
        <tr><th scope="row" data-sort="\(index)">\(FigureSections.swatch(index))\
        <span>\(escapedMarkup(method.name))\(seedNote(method))</span></th>\(cells.map(markup).joined())</tr>
        """
    }
    return """
      <section>
      <h2>Methods</h2>
      <div class="scroll" tabindex="0" role="region" aria-label="Table of methods">
      <table class="methods">
      <thead>
      \(header())
      </thead>
      <tbody>
      \(zeroShotRow())
      </tbody>
      <tbody class="sortable">
      \(body.joined(separator: "\n"))
      </tbody>
      </table>
      </div>
      <p class="note">Accuracy in percent with 95% intervals in small type\(bestNote()). \
      Δ is the change against zero-shot in points.\(headNote())\(ruleNote())</p>
      \(allPoints())
      </section>
      """
  }

  /// How many seeds a row is the mean of.
  private func seedNote(_ method: MethodResult) -> String {
    method.seeds.count > 1 ? "<small>\(method.seeds.count) seeds</small>" : ""
  }

  // MARK: Head and first row

  /// The parameters of the head, where all methods train as many.
  private var commonHead: Int? {
    let counts = Set(document.methods.map(\.headParameters))
    return counts.count == 1 ? counts.first : nil
  }
  private var hasChoices: Bool { document.methods.contains { $0.selected != nil } }
  private var hasAverage: Bool { shiftNames.count > 1 }

  private func header() -> String {
    let targetName = escapedMarkup(document.targetName ?? "Target")
    let scores = ["<th scope=\"col\">\(targetName)</th>"]
    let shifts = shiftNames.map { "<th scope=\"col\">\(escapedMarkup($0))</th>" }
    let average = hasAverage ? ["<th scope=\"col\">Shift average</th>"] : []
    let changes =
      ["<th scope=\"col\">Δ target</th>"] + (shiftNames.isEmpty ? [] : ["<th scope=\"col\">Δ shift</th>"])
    let tuned = scores + shifts + average + changes
    let chosen =
      hasChoices
      ? ["<th scope=\"col\" class=\"edge\">α</th>", "<th scope=\"col\">\(targetName)</th>"]
        + (shiftNames.isEmpty ? [] : ["<th scope=\"col\">Shift average</th>"]) : []
    let groups =
      "<tr class=\"groups\"><td></td><td></td>"
      + "<th colspan=\"\(tuned.count)\" scope=\"colgroup\">Fine-tuned (α = 1)</th>"
      + (hasChoices
        ? "<th colspan=\"\(chosen.count)\" scope=\"colgroup\" class=\"edge\">At the selected α</th>" : "")
      + "</tr>"
    return groups
      + "\n<tr class=\"columns\"><th scope=\"col\">Method</th><th scope=\"col\">Tuned</th>"
      + (tuned + chosen).joined() + "</tr>"
  }

  private func zeroShotRow() -> String {
    guard let start else { return "" }
    var cells = [Cell(text: "0"), scoreCell(start.target)]
    cells += shiftNames.map { scoreCell(start.shifts[$0]) }
    if hasAverage { cells.append(scoreCell(startAverage)) }
    cells.append(Cell(text: ""))
    if !shiftNames.isEmpty { cells.append(Cell(text: "")) }
    if hasChoices { cells += [Cell](repeating: Cell(text: ""), count: shiftNames.isEmpty ? 2 : 3) }
    return "<tr class=\"start\"><th scope=\"row\">Zero-shot</th>\(cells.map(markup).joined())</tr>"
  }

  // MARK: Cells

  private func cells(of method: MethodResult) -> [Cell] {
    let end = method.fineTuned
    let average = end?.averageShift(over: shiftNames)
    var cells = [
      Cell(
        text: NumberText.compact(method.tunedParameters),
        note: commonHead == nil ? "+\u{202F}" + NumberText.compact(method.headParameters) + " head" : nil,
        sortKey: Double(method.tunedParameters)), scoreCell(end?.target),
    ]
    cells += shiftNames.map { scoreCell(end?.shifts[$0]) }
    if hasAverage { cells.append(scoreCell(average)) }
    cells.append(changeCell(end?.target, start?.target))
    if !shiftNames.isEmpty { cells.append(changeCell(average, startAverage)) }
    guard hasChoices else { return cells }
    let choice = method.selectedPoint
    cells.append(
      Cell(
        text: method.selected?.alphaText ?? NumberText.missing, sortKey: method.selected?.alphas.first,
        isEdge: true))
    cells.append(scoreCell(choice?.target))
    if !shiftNames.isEmpty { cells.append(scoreCell(choice?.averageShift(over: shiftNames))) }
    return cells
  }

  private func scoreCell(_ score: Score?) -> Cell {
    Cell(
      text: NumberText.percent(score?.measuredTop1), note: NumberText.interval(score?.measuredInterval),
      sortKey: score?.measuredTop1)
  }

  private func changeCell(_ score: Score?, _ reference: Score?) -> Cell {
    guard let value = score?.measuredTop1, let before = reference?.measuredTop1 else {
      return Cell(text: NumberText.missing)
    }
    return Cell(text: NumberText.points(value - before), sortKey: value - before)
  }

  /// Columns in which more is better: all but the tuned parameters, the changes and alpha.
  private func isScore(_ column: Int) -> Bool {
    let scores = 1 + shiftNames.count + (hasAverage ? 1 : 0)
    let chosen = scores + (shiftNames.isEmpty ? 1 : 2) + 2
    return (1...scores).contains(column) || column >= chosen
  }

  private func markBest(_ rows: inout [[Cell]], _ column: Int) {
    guard rows.count > 1, let best = rows.compactMap({ $0[column].sortKey }).max() else { return }
    let shown = NumberText.percent(best)
    for row in rows.indices where rows[row][column].text == shown { rows[row][column].isBest = true }
  }

  private func markup(_ cell: Cell) -> String {
    let key = cell.sortKey.map { " data-sort=\"\($0)\"" } ?? ""
    let text = cell.isBest ? "<b>\(escapedMarkup(cell.text))</b>" : escapedMarkup(cell.text)
    let edge = cell.isEdge ? " class=\"edge\"" : ""
    return "<td\(edge)\(key)>\(text)\(cell.note.map { "<small>\(escapedMarkup($0))</small>" } ?? "")</td>"
  }

  // MARK: Below the table

  private func bestNote() -> String {
    document.methods.count > 1 ? "; the best method of each column is bold" : ""
  }

  private func headNote() -> String {
    guard let commonHead, commonHead > 0 else { return "" }
    return
      " The head (classifier and visual projection), \(NumberText.grouped(commonHead)) parameters, is trained as well."
  }

  private func ruleNote() -> String {
    var rules: [String] = []
    for choice in document.methods.compactMap(\.selected) {
      let words = choice.words.isEmpty ? choice.rule : "\(choice.rule), \(choice.words)"
      if !rules.contains(words) { rules.append(words) }
    }
    let seeds = document.methods.map(\.seeds.count).max() ?? 0
    let averaged = seeds > 1 ? " Rows of several seeds are their means." : ""
    guard !rules.isEmpty else { return averaged }
    return "\(averaged) α was selected by \(escapedMarkup(rules.joined(separator: "; ")))."
  }

  private func allPoints() -> String {
    let names = shiftNames
    let rows = document.methods.enumerated().map { index, method in
      method.orderedCurve.enumerated().map { rank, point in
        let scores =
          [point.target.measuredTop1] + names.map { point.shifts[$0]?.measuredTop1 }
          + (hasAverage ? [point.averageShift(over: names)?.measuredTop1] : [])
        let cells = [NumberText.alpha(point.alpha)] + scores.map { NumberText.percent($0) }
        let name =
          rank == 0 ? "\(FigureSections.swatch(index))<span>\(escapedMarkup(method.name))</span>" : ""
        return "<tr><th scope=\"row\">\(name)</th>\(cells.map { "<td>\($0)</td>" }.joined())</tr>"
      }.joined(separator: "\n")
    }
    let columns =
      ["α", document.targetName ?? "Target"] + names + (hasAverage ? ["Shift average"] : [])
    let heads = columns.map { "<th scope=\"col\">\(escapedMarkup($0))</th>" }
    return """
      <details class="long"><summary>All points of all curves</summary>
      <div class="scroll" tabindex="0" role="region" aria-label="Table of all points">
      <table class="points">
      <thead><tr><th scope="col">Method</th>\(heads.joined())</tr></thead>
      \(rows.filter { !$0.isEmpty }.map { "<tbody>\n\($0)\n</tbody>" }.joined(separator: "\n"))
      </table>
      </div>
      </details>
      """
  }
}
