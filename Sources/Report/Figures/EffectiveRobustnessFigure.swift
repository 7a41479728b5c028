import Foundation

/// Accuracy under shift against accuracy on the target in logit-scaled axes, with the line that published models lie on.
enum EffectiveRobustnessFigure {
  static func figures(of document: ReportDocument) -> [ReportFigure] {
    let lines = (document.effectiveRobustness ?? []).filter {
      $0.slope.ifPlottable != nil && $0.intercept.ifPlottable != nil
    }
    guard !lines.isEmpty else { return [] }
    let sources = lines.map(\.fittedTo).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    return [
      ReportFigure(
        name: "effective-robustness", heading: "Effective robustness",
        caption:
          "Both axes are scaled by the logarithm of the odds, on which models trained without shifts in mind lie "
          + "near a line. What lies above the dashed line is more accurate under shift than its accuracy on the target "
          + "explains. The line is fitted to \(sources.joined(separator: "; ")); small grey dots are zero-shot models as "
          + "published.",
        isLinked: true,
        drawing: { form in
          let columns = form.isWide && lines.count > 1 ? 2 : 1
          let width = form.panelWidth(columns)
          return SVGFigure(
            title: "Accuracy under shift against accuracy on the target, logit-scaled", form: form,
            panels: lines.map { line in
              .init(
                plot(line, of: document, width: width, form: form),
                heading: line.shift ?? "average over shifts")
            }, columns: columns,
            legend: PlotLegend(
              document.legendEntries(),
              signs: RobustnessFigure(document).signs.filter { $0.name != "published" }
                + [.init(.faint, "published zero-shot models")]))
        })
    ]
  }

  private static func plot(
    _ line: EffectiveRobustness, of document: ReportDocument, width: Double, form: FigureForm
  ) -> SVGPlot {
    let own = RobustnessFigure(document).plot(
      of: line.shift.map { .shift($0) } ?? .averageShift, width: width,
      height: width * (form.isWide ? 0.62 : 0.9),
      naming: .none, fontSize: form.fontSize, hasShortTitles: true)
    var plot = own
    plot.series = own.series.filter { !$0.isBackground }
    let models = line.published.filter { $0.target.ifPlottable != nil && $0.shift.ifPlottable != nil }
    plot.series.insert(
      PlotSeries(
        name: "published zero-shot models", style: nil,
        points: models.map {
          PlotPoint(
            x: $0.target * 100, y: $0.shift * 100, marker: .shape(.disc),
            tooltip: [
              "\($0.name) (published)", "target \(NumberText.percent($0.target))",
              "shift \(NumberText.percent($0.shift))",
            ], remark: $0.name)
        }, isLabelled: false, isJoined: false, isBackground: true), at: 0)
    plot.title = "Accuracy under shift against accuracy on the target with the line of published models"
    plot.x.scale = .logit
    plot.y.scale = .logit
    plot.y.limits = nil
    plot.x.limits = nil
    let targets = plot.series.flatMap(\.points).map(\.x).filter { $0 > 0 && $0 < 100 }
    let (low, high) = (targets.min() ?? 40, targets.max() ?? 80)
    let samples = (0...80).map {
      max(0.1, low - 3) + (min(99.9, high + 3) - max(0.1, low - 3)) * Double($0) / 80
    }
    plot.references = [
      .line(
        through: samples.map { x in
          let logit = line.slope * log(x / (100 - x)) + line.intercept
          return PlotPlace(x: x, y: 100 / (1 + exp(-logit)))
        }, name: "fitted line")
    ]
    return plot
  }
}
