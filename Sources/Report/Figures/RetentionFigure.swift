/// What fine-tuned models still know of other datasets: zero-shot accuracy there before and after.
enum RetentionFigure {
  static func figures(of document: ReportDocument) -> [ReportFigure] {
    let all = (document.retention ?? []).filter {
      $0.before.measuredTop1 != nil && $0.after.measuredTop1 != nil
    }
    guard !all.isEmpty else { return [] }
    let methods = all.map(\.method).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    let groups = methods.map { name in
      let rows = all.filter { $0.method == name }
      let alpha = rows.first.map { $0.alpha == 1 ? "" : ", α = \(NumberText.alpha($0.alpha))" } ?? ""
      return DotPlot.Group(heading: name + alpha, rows: rows.map { row($0, document) })
    }
    return [
      ReportFigure(
        name: "retention", heading: "What is retained",
        caption:
          "Zero-shot accuracy on other datasets, each with a classifier of its own made of class names, before "
          + "fine-tuning and after. Whiskers are 95% intervals"
          + (all.contains { $0.difference != nil }
            ? "; in brackets is that of the difference, which is of the same images." : "."),
        isLinked: true,
        drawing: { form in
          SVGFigure(
            title: "Zero-shot accuracy on other datasets before and after fine-tuning", form: form,
            panels: [
              .init(
                DotPlot(
                  width: form.width, fontSize: form.fontSize,
                  axis: PlotAxis(
                    title: "zero-shot accuracy (%) →", tickCount: form.isWide ? 8 : 4, limits: 0...100),
                  groups: groups))
            ],
            legend: PlotLegend(
              [],
              signs: [
                .init(.marker(.shape(.ring), nil), "before"), .init(.marker(.shape(.disc), nil), "after"),
              ]))
        })
    ]
  }

  private static func row(_ entry: Retention, _ document: ReportDocument) -> DotPlot.Row {
    let style = document.style(of: entry.method)
    func mark(_ score: Score, _ symbol: PlotSymbol) -> DotPlot.Mark {
      DotPlot.Mark(
        x: score.top1 * 100, interval: score.percentInterval, marker: .shape(symbol), style: style)
    }
    let interval = entry.difference.map {
      " [\(NumberText.points($0.lower)), \(NumberText.points($0.upper))]"
    }
    return DotPlot.Row(
      name: entry.dataset, marks: [mark(entry.before, .ring), mark(entry.after, .disc)], isJoined: true,
      remark: NumberText.points(entry.after.top1 - entry.before.top1) + (interval ?? ""), style: style,
      link: document.link(of: entry.method))
  }
}
