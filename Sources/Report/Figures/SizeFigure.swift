/// Accuracy against the number of tuned parameters, a panel a dataset.
enum SizeFigure {
  static func figures(of document: ReportDocument) -> [ReportFigure] {
    let shown = (document.sizes ?? []).filter { set in
      Set(set.points.filter { $0.tunedParameters > 0 && $0.score.measuredTop1 != nil }.map(\.tunedParameters))
        .count > 1
    }
    guard !shown.isEmpty else { return [] }
    return [
      ReportFigure(
        name: "tuned-parameters", heading: "Accuracy by tuned parameters",
        caption:
          "One mark a method at α = 1, by how many parameters it tunes besides the head, on a logarithmic axis; "
          + "whiskers are 95% intervals."
          + (shown.flatMap(\.points).contains { $0.tunedParameters <= 0 && $0.score.measuredTop1 != nil }
            ? " What tunes nothing but the head has no place on that axis and is a dotted line." : "")
          + (shown.count > 1 ? " Horizontal axes are the same." : ""),
        isLinked: true,
        drawing: { form in
          let columns = form.columns(shown.count)
          let names = shown.flatMap(\.points).map(\.method)
          let entries = document.legendEntries(of: names)
          let families = unnamed(in: shown, of: document)
          return SVGFigure(
            title: "Accuracy against tuned parameters", form: form,
            panels: shown.map { set in
              .init(
                plot(set, all: shown, document, width: form.panelWidth(columns), form), heading: set.dataset)
            }, columns: columns,
            legend: PlotLegend(
              entries + zip(families, document.freeStyles(families.count)).map { .init(.series($1), $0) }),
            note: shown.count > 1 ? "Vertical axes differ from panel to panel." : "")
        })
    ]
  }

  /// Families and methods that the report has no method for; they get looks of their own, in order.
  private static func unnamed(in sets: [SizeComparison], of document: ReportDocument) -> [String] {
    sets.flatMap(\.points).filter { $0.tunedParameters > 0 && document.link(of: $0.method) == nil }
      .map { $0.family ?? $0.method }.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
  }

  private static func plot(
    _ set: SizeComparison, all: [SizeComparison], _ document: ReportDocument, width: Double,
    _ form: FigureForm
  ) -> SVGPlot {
    let measured = set.points.filter { $0.score.measuredTop1 != nil }
    let families = unnamed(in: all, of: document)
    let free = document.freeStyles(families.count)
    let groups = measured.filter { $0.tunedParameters > 0 }.reduce(into: [[SizeComparison.Point]]()) {
      groups, point in
      let index = groups.firstIndex { $0[0].family != nil && $0[0].family == point.family }
      if let index { groups[index].append(point) } else { groups.append([point]) }
    }
    let series = groups.map { points in
      let family = points[0].family ?? points[0].method
      let style =
        document.style(of: points[0].method) ?? families.firstIndex(of: family).map { free[$0] }
      return PlotSeries(
        name: family, style: style,
        points: points.sorted { $0.tunedParameters < $1.tunedParameters }.map { point in
          PlotPoint(
            x: Double(point.tunedParameters), y: point.score.top1 * 100, marker: .symbol,
            yInterval: point.score.percentInterval,
            tooltip: [
              point.method, "\(NumberText.grouped(point.tunedParameters)) tuned parameters",
              "\(set.dataset): \(NumberText.percent(point.score.top1))"
                + (NumberText.interval(point.score.measuredInterval).map { " (\($0))" } ?? ""),
            ])
        }, isLabelled: false, link: document.link(of: points[0].method))
    }
    let without = measured.filter { $0.tunedParameters <= 0 }
    let counts = all.flatMap(\.points).filter { $0.tunedParameters > 0 }.map { Double($0.tunedParameters) }
    return SVGPlot(
      title: "Accuracy on \(set.dataset) against tuned parameters", width: width,
      height: width * (width > 300 ? 0.72 : 0.9),
      x: PlotAxis(
        title: "tuned parameters →", scale: .logarithmic, tickCount: max(2, Int(width / 120)),
        mustShow: counts),
      y: PlotAxis(
        title: "↑ accuracy (%)", tickCount: width > 200 ? 5 : 3,
        mustShow: without.map { $0.score.top1 * 100 }, limits: 0...100),
      series: series,
      references: without.map { .horizontal(y: $0.score.top1 * 100, name: $0.method) },
      fontSize: form.fontSize)
  }
}
