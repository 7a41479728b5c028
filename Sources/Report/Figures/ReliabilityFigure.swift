/// Accuracy against confidence by bins, before and after temperature, a panel a method.
enum ReliabilityFigure {
  static func figures(of document: ReportDocument) -> [ReportFigure] {
    let all = (document.reliability ?? []).filter { $0.before.bins.contains { $0.n > 0 } }
    guard !all.isEmpty else { return [] }
    let parts = parts(of: all)
    return parts.enumerated().map { number, shown in
      figure(shown, number: parts.count == 1 ? nil : number + 1, of: document, all: all)
    }
  }

  /// Panels of one figure, so that it is no higher than a page in one column.
  private static let mostPanels = 8

  /// All in one figure where that holds them; else each set has its own, or several.
  private static func parts(of all: [Reliability]) -> [[Reliability]] {
    guard all.count > mostPanels else { return [all] }
    let datasets = all.map(\.dataset).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    return datasets.flatMap { dataset in
      let own = all.filter { $0.dataset == dataset }
      return stride(from: 0, to: own.count, by: mostPanels).map {
        Array(own[$0..<min($0 + mostPanels, own.count)])
      }
    }
  }

  private static func figure(
    _ shown: [Reliability], number: Int?, of document: ReportDocument, all: [Reliability]
  ) -> ReportFigure {
    let hasTemperature = shown.contains { $0.after != nil }
    return ReportFigure(
      name: "reliability" + (number.map { "-\($0)" } ?? ""),
      heading: "Reliability" + (number == nil ? "" : " on \(shown[0].dataset)"),
      caption:
        "How often predictions are right, by how confident they are; on the dashed diagonal they are as often "
        + "right as they claim. Columns are the share of the images in each bin"
        + (hasTemperature
          ? ". Rings are the model as it is, discs after division of its logits by T; ECE is the expected calibration "
            + "error before and after." : "; ECE is the expected calibration error.")
        + document.leftOut(besides: all.map(\.dataset)),
      drawing: { form in
        let columns = form.columns(shown.count)
        return SVGFigure(
          title: "Accuracy by confidence", form: form,
          panels: shown.map { entry in
            .init(
              plot(entry, document, width: form.panelWidth(columns), form), heading: heading(entry, shown),
              remark: error(of: entry))
          }, columns: columns,
          legend: PlotLegend(
            [],
            signs: [.init(.marker(.shape(.ring), nil), "as it is")]
              + (hasTemperature ? [.init(.marker(.shape(.disc), nil), "after temperature")] : [])
              + [.init(.area, "share of images")]))
      })
  }

  private static func heading(_ entry: Reliability, _ all: [Reliability]) -> String {
    let dataset = Set(all.map(\.dataset)).count > 1 ? ", \(entry.dataset)" : ""
    return entry.method + dataset
      + (entry.temperature.map { ", T = \(NumberText.trimmed($0, decimals: 2))" } ?? "")
  }

  /// The expected calibration error, before and after; nothing where neither is known.
  private static func error(of entry: Reliability) -> String {
    let errors = [entry.before.ece, entry.after?.ece].compactMap { $0 }.map { NumberText.percent($0) + "%" }
    return errors.isEmpty ? "" : "ECE \(errors.joined(separator: " → "))"
  }

  private static func plot(
    _ entry: Reliability, _ document: ReportDocument, width: Double, _ form: FigureForm
  ) -> SVGPlot {
    let style = document.style(of: entry.method)
    func points(_ calibration: Reliability.Calibration, _ symbol: PlotSymbol, _ words: String) -> [PlotPoint]
    {
      calibration.bins.compactMap { bin in
        guard bin.n > 0, let confidence = bin.confidence, let accuracy = bin.accuracy else { return nil }
        return PlotPoint(
          x: confidence * 100, y: accuracy * 100, marker: .shape(symbol),
          tooltip: [
            "\(entry.method), \(words)", "confidence \(NumberText.percent(confidence))",
            "accuracy \(NumberText.percent(accuracy))", "\(NumberText.grouped(bin.n)) images",
          ])
      }
    }
    let total = Double(max(1, entry.before.bins.reduce(0) { $0 + max(0, $1.n) }))
    var before = PlotSeries(
      name: "as it is", style: style, points: points(entry.before, .ring, "as it is"),
      columns: entry.before.bins.map {
        PlotColumn(from: $0.lower * 100, to: $0.upper * 100, y: Double($0.n) / total * 100)
      }, isLabelled: false, isDashed: false)
    var series: [PlotSeries] = []
    if let after = entry.after {
      // Dashes tell the line before from the line after, whatever the look of the method.
      before.style = style.map { PlotStyle(colour: $0.colour, pattern: 1) } ?? PlotStyle(1)
      before.isDashed = true
      series = [
        PlotSeries(
          name: "after temperature", style: before.style, points: points(after, .disc, "after temperature"),
          isLabelled: false, isDashed: false)
      ]
    }
    return SVGPlot(
      title: "Accuracy of \(entry.method) on \(entry.dataset) by confidence", width: width,
      height: width * 0.92,
      x: PlotAxis(
        title: "confidence (%) →", tickCount: width > 200 ? 5 : 2, mustShow: [0, 100], limits: 0...100),
      y: PlotAxis(
        title: "↑ accuracy (%)", tickCount: width > 200 ? 5 : 2,
        mustShow: [0, 100], limits: 0...100),
      series: [before] + series,
      references: [.line(through: [PlotPlace(x: 0, y: 0), PlotPlace(x: 100, y: 100)], name: "")],
      fontSize: form.fontSize)
  }
}
