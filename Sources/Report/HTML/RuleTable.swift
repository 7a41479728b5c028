/// What each rule makes of every method: the alpha it selects, and the accuracy there.
struct RuleTable {
  private let document: ReportDocument
  private let shiftNames: [String]

  init(_ document: ReportDocument) {
    self.document = document
    shiftNames = document.shiftNames
  }

  /// Rules in the order in which the methods list them, each once, then the oracle.
  private var rules: [AlphaChoice] {
    var rules: [AlphaChoice] = []
    for choice in document.methods.flatMap(\.selections)
    where !rules.contains(where: { $0.rule == choice.rule }) {
      rules.append(choice)
    }
    return rules + (document.methods.lazy.compactMap(\.oracle).first.map { [$0] } ?? [])
  }

  func html() -> String {
    let rules = rules
    guard document.methods.contains(where: { !$0.selections.isEmpty }) else { return "" }
    let columns = ["α", document.targetName ?? "Target"] + (shiftNames.isEmpty ? [] : ["Shift average"])
    let groups = rules.map {
      "<th colspan=\"\(columns.count)\" scope=\"colgroup\" class=\"edge\">\(escapedMarkup($0.rule))</th>"
    }
    let heads = rules.flatMap { _ in
      columns.enumerated().map { index, name in
        "<th scope=\"col\"\(index == 0 ? " class=\"edge\"" : "")>\(escapedMarkup(name))</th>"
      }
    }
    let rows = document.methods.enumerated().map { index, method in
      let columns = rules.map { rule in
        cells((method.selections + [method.oracle].compactMap { $0 }).first { $0.rule == rule.rule })
      }
      return """
        <tr><th scope="row">\(FigureSections.swatch(index))<span>\(escapedMarkup(method.name))</span></th>\
        \(columns.joined())</tr>
        """
    }
    let words = rules.map { "<dt>\(escapedMarkup($0.rule))</dt><dd>\(escapedMarkup($0.words))</dd>" }
    return """
      <section>
      <h2>Which α</h2>
      <div class="scroll" tabindex="0" role="region" aria-label="Table of rules that select alpha">
      <table class="points rules">
      <thead><tr class="groups"><td></td>\(groups.joined())</tr>
      <tr class="columns"><th scope="col">Method</th>\(heads.joined())</tr></thead>
      <tbody>
      \(rows.joined(separator: "\n"))
      </tbody></table>
      </div>
      <dl class="rules">\(words.joined())</dl>
      </section>
      """
  }

  private func cells(_ choice: AlphaChoice?) -> String {
    let target = NumberText.percent(choice?.point?.target.measuredTop1)
    let average = NumberText.percent(choice?.point?.averageShift(over: shiftNames)?.measuredTop1)
    return "<td class=\"edge\">\(choice?.alphaText ?? NumberText.missing)</td><td>\(target)</td>"
      + (shiftNames.isEmpty ? "" : "<td>\(average)</td>")
  }
}
