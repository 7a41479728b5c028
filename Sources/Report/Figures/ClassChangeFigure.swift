/// The classes that a method changed the most, before and after.
enum ClassChangeFigure {
  static func figures(of document: ReportDocument) -> [ReportFigure] {
    let all = (document.classChanges ?? []).filter { !$0.classes.isEmpty }
    guard !all.isEmpty else { return [] }
    let parts = parts(of: all)
    return parts.enumerated().map { number, shown in
      ReportFigure(
        name: parts.count == 1 ? "changed-classes" : "changed-classes-\(number + 1)",
        heading: "Classes that changed the most"
          + (parts.count == 1 ? "" : ", \(number + 1) of \(parts.count)"),
        caption:
          "Accuracy on the images of one class under zero-shot and after fine-tuning, with the difference in points "
          + "and the number of images. These classes were picked for their differences, which are therefore larger than "
          + "those of new images would be." + document.leftOut(besides: all.map(\.dataset)),
        drawing: { form in drawing(shown, document, form) })
    }
  }

  /// Rows of one figure, so that it is no higher than a page in one column.
  private static let mostRows = 52

  /// The panels of one figure each; a panel counts its heading and its axis as rows.
  private static func parts(of all: [ClassChanges]) -> [[ClassChanges]] {
    var (parts, rows) = ([[ClassChanges]](), 0)
    for changes in all {
      let own = changes.classes.count + 5
      if parts.isEmpty || rows + own > mostRows {
        parts.append([])
        rows = 0
      }
      parts[parts.count - 1].append(changes)
      rows += own
    }
    return parts
  }

  private static func drawing(
    _ shown: [ClassChanges], _ document: ReportDocument, _ form: FigureForm
  ) -> SVGFigure {
    let columns = form.isWide && shown.count > 1 ? 2 : 1
    return SVGFigure(
      title: "Classes whose accuracy changed the most", form: form,
      panels: shown.map { changes in
        .init(
          DotPlot(
            width: form.panelWidth(columns), fontSize: form.fontSize,
            axis: PlotAxis(
              title: "accuracy (%) →", tickCount: 4, mustShow: [0, 100], limits: 0...100),
            groups: [.init(rows: changes.classes.map { row($0, document.style(of: changes.method)) })]),
          heading: "\(changes.method) on \(changes.dataset)"
            + (changes.alpha == 1 ? "" : ", α = \(NumberText.alpha(changes.alpha))"))
      }, columns: columns,
      legend: PlotLegend(
        [],
        signs: [
          .init(.marker(.shape(.ring), nil), "zero-shot"), .init(.marker(.shape(.disc), nil), "after"),
        ]))
  }

  private static func row(_ change: ClassChanges.Change, _ style: PlotStyle?) -> DotPlot.Row {
    DotPlot.Row(
      name: change.name,
      marks: [
        DotPlot.Mark(x: change.before * 100, marker: .shape(.ring), style: style),
        DotPlot.Mark(x: change.after * 100, marker: .shape(.disc), style: style),
      ], isJoined: true,
      remark: "\(NumberText.points(change.after - change.before)), n = \(NumberText.grouped(change.n))",
      style: style)
  }
}
