/// The tables of a report.
extension ReportDocument {
  /// Every table of the report that goes into files.
  public var tables: [TableData] {
    [methodTable, ruleTable, pointTable].compactMap { $0 }
  }

  private var hasAverage: Bool { shiftNames.count > 1 }

  private var targetNames: [String] { targetName.map { [$0] } ?? [] }

  /// What the stars of a table lead to.
  private var markSentences: [String] { marks().map { "* \($0)." } }

  /// The parameters of the head, where all methods train as many.
  private var commonHead: Int? {
    let counts = Set(methods.map(\.headParameters))
    return counts.count == 1 ? counts.first : nil
  }

  // MARK: Methods

  /// What methods tune and what they score, fine-tuned and at the selected alpha; nil where there are none.
  var methodTable: TableData? {
    guard !methods.isEmpty else { return nil }
    let (names, styles) = (shiftNames, styles)
    let hasChoices = methods.contains { $0.selected != nil }
    let start = startingPoint
    let startAverage = start?.averageShift(over: names)
    let (ends, chosen) = ("Fine-tuned (α = 1)", "At the selected α")
    let target = starred(targetName ?? "Target", targetNames)
    let average = starred("Shift average", names)
    var columns = [
      TableData.Column("Tuned", key: "tuned_parameters"),
      TableData.Column(target, key: "target", group: ends, hasInterval: true),
    ]
    columns += names.map {
      TableData.Column(starred($0, [$0]), key: "shift_\($0)", group: ends, hasInterval: true)
    }
    if hasAverage {
      columns.append(.init(average, key: "shift_average", group: ends, hasInterval: true))
    }
    columns.append(.init(starred("Δ target", targetNames), key: "target_change", group: ends))
    if !names.isEmpty { columns.append(.init(starred("Δ shift", names), key: "shift_change", group: ends)) }
    if hasChoices {
      columns += [
        .init("α", key: "selected_alpha", group: chosen),
        .init(target, key: "selected_target", group: chosen, hasInterval: true),
      ]
      if !names.isEmpty {
        columns.append(
          .init(average, key: "selected_shift_average", group: chosen, hasInterval: true))
      }
    }
    func scores(_ point: CurvePoint?) -> [TableData.Cell] {
      [TableData.Cell(point?.target)] + names.map { TableData.Cell(point?.shifts[$0]) }
        + (hasAverage ? [TableData.Cell(point?.averageShift(over: names))] : [])
    }
    var rows: [TableData.Row] = []
    if let start {
      let cells = [TableData.Cell("0", value: 0)] + scores(start)
      rows.append(
        TableData.Row(
          "Zero-shot",
          cells: cells + [TableData.Cell](repeating: TableData.Cell(""), count: columns.count - cells.count),
          isReference: true))
    }
    for (method, style) in zip(methods, styles) {
      let end = method.fineTuned
      var cells = [
        TableData.Cell(
          NumberText.compact(method.tunedParameters), value: Double(method.tunedParameters),
          note: commonHead == nil ? "+\u{202F}" + NumberText.compact(method.headParameters) + " head" : nil)
      ]
      cells += scores(end) + [TableData.Cell(from: start?.target, to: end?.target)]
      if !names.isEmpty { cells.append(.init(from: startAverage, to: end?.averageShift(over: names))) }
      if hasChoices {
        let alphas = Set(method.selected?.alphas ?? [])
        cells.append(
          .init(
            method.selected?.alphaText ?? NumberText.missing, value: alphas.count == 1 ? alphas.first : nil))
        cells.append(.init(method.selectedPoint?.target))
        if !names.isEmpty { cells.append(.init(method.selectedPoint?.averageShift(over: names))) }
      }
      rows.append(
        TableData.Row(
          method.name, note: method.seeds.count > 1 ? "\(method.seeds.count) seeds" : "", cells: cells,
          style: style))
    }
    var table = TableData(name: "methods", caption: methodCaption, columns: columns, rows: rows)
    for column in columns.indices where columns[column].hasInterval { table.markBest(column) }
    return table
  }

  private var methodCaption: String {
    var sentences = [
      "Accuracy in percent with 95% intervals in small type"
        + (methods.count > 1
          ? "; the highest of each column is bold, which does not say that its interval lies apart from others."
          : "."),
      "Δ is the change against zero-shot in points.",
    ]
    if let commonHead, commonHead > 0 {
      sentences.append(
        "The head (classifier and visual projection), \(NumberText.grouped(commonHead)) parameters, is trained as well."
      )
    }
    if methods.contains(where: { $0.seeds.count > 1 }) {
      sentences.append("Rows of several seeds are their means.")
    }
    var rules: [String] = []
    for choice in methods.compactMap(\.selected) {
      let words = choice.words.isEmpty ? choice.rule : "\(choice.rule), \(choice.words)"
      if !rules.contains(words) { rules.append(words) }
    }
    if !rules.isEmpty { sentences.append("α was selected by \(rules.joined(separator: "; ")).") }
    return (sentences + markSentences).joined(separator: " ")
  }

  // MARK: Rules

  /// Rules in the order in which the methods list them, each once, then the oracle.
  var rules: [AlphaChoice] {
    var rules: [AlphaChoice] = []
    for choice in methods.flatMap(\.selections) where !rules.contains(where: { $0.rule == choice.rule }) {
      rules.append(choice)
    }
    return rules + (methods.lazy.compactMap(\.oracle).first.map { [$0] } ?? [])
  }

  /// What each rule makes of every method: the alpha it selects, and the accuracy there; nil where no rule chose.
  var ruleTable: TableData? {
    guard methods.contains(where: { !$0.selections.isEmpty }) else { return nil }
    let (rules, names) = (rules, shiftNames)
    let columns = rules.flatMap { rule -> [TableData.Column] in
      [
        .init("α", key: "\(rule.rule)_alpha", group: rule.rule),
        .init(
          starred(targetName ?? "Target", targetNames), key: "\(rule.rule)_target", group: rule.rule),
      ]
        + (names.isEmpty
          ? []
          : [
            .init(starred("Shift average", names), key: "\(rule.rule)_shift_average", group: rule.rule)
          ])
    }
    let rows = zip(methods, styles).map { method, style in
      let choices = method.selections + [method.oracle].compactMap { $0 }
      return TableData.Row(
        method.name,
        cells: rules.flatMap { rule -> [TableData.Cell] in
          let choice = choices.first { $0.rule == rule.rule }
          return [
            .init(choice?.alphaText ?? NumberText.missing), withoutInterval(choice?.point?.target),
          ] + (names.isEmpty ? [] : [withoutInterval(choice?.point?.averageShift(over: names))])
        }, style: style)
    }
    return TableData(
      name: "rules",
      caption: ([
        "The α that each rule selects, and the accuracy there in percent. The oracle looks at test images and is "
          + "shown for reference only."
      ] + markSentences).joined(separator: " "), columns: columns, rows: rows)
  }

  // MARK: Points

  /// All points of all curves; nil where there are none.
  var pointTable: TableData? {
    let names = shiftNames
    let columns =
      [
        TableData.Column("α", key: "alpha"),
        .init(
          starred(targetName ?? "Target", targetNames), key: "target", hasInterval: true),
      ]
      + names.map { TableData.Column(starred($0, [$0]), key: "shift_\($0)", hasInterval: true) }
      + (hasAverage ? [.init(starred("Shift average", names), key: "shift_average", hasInterval: true)] : [])
    let rows = zip(methods, styles).flatMap { method, style in
      method.orderedCurve.enumerated().map { rank, point in
        TableData.Row(
          method.name,
          cells: [TableData.Cell(NumberText.alpha(point.alpha), value: point.alpha), .init(point.target)]
            + names.map { .init(point.shifts[$0]) }
            + (hasAverage ? [.init(point.averageShift(over: names))] : []),
          style: style, isFirst: rank == 0)
      }
    }
    guard !rows.isEmpty else { return nil }
    return TableData(
      name: "points",
      caption: (["Accuracy in percent at every α, with 95% intervals."] + markSentences).joined(
        separator: " "), columns: columns, rows: rows)
  }

  /// For tables that are read for their alphas.
  private func withoutInterval(_ score: Score?) -> TableData.Cell {
    TableData.Cell(NumberText.percent(score?.measuredTop1), value: score?.measuredTop1)
  }
}
