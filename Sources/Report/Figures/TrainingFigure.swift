import Foundation

/// The plots of what was recorded while methods trained.
public struct TrainingFigure: Sendable {
  private let methods: [MethodResult]
  private let styles: [PlotStyle]

  /// The figures of the methods of `document`.
  public init(_ document: ReportDocument) {
    methods = document.methods
    styles = document.styles
  }

  /// One figure, a panel a method; none where no loss was recorded.
  var figures: [ReportFigure] {
    guard !methods.allSatisfy({ Self.losses(of: $0).isEmpty }) else { return [] }
    return [
      ReportFigure(
        name: "training-loss", heading: "Training loss",
        caption:
          "Loss by optimiser step on a common vertical axis"
          + (isSummed ? ": the mean of neighbouring steps, and their range as a pale band." : "."),
        drawing: { form in
          let columns = form.columns(self.methods.count)
          let plots = self.plots(form, width: form.panelWidth(columns))
          let names = plots.flatMap { $0.plot.series.dropFirst().map(\.name) }
          return SVGFigure(
            title: "Training loss by step", form: form,
            panels: plots.map { .init($0.plot, heading: $0.method) },
            columns: columns,
            legend: names.isEmpty
              ? nil
              : PlotLegend([.init(.series(nil), Set(names).sorted().joined(separator: ", "))]))
        })
    ]
  }

  /// Steps of one loss that are drawn each for itself.
  private static let parts = 80

  /// Whether some loss has more steps than are drawn.
  private var isSummed: Bool {
    methods.contains { method in
      Self.losses(of: method).contains { $0.points.count { $0.value.ifPlottable != nil } > Self.parts }
    }
  }

  /// A plot of each method's losses by step, all with the same vertical axis so that they compare.
  private func plots(_ form: FigureForm, width: Double) -> [(method: String, plot: SVGPlot)] {
    let summaries = methods.enumerated().map { index, method in
      (
        index, method.name,
        Self.losses(of: method).map { ($0.name, Self.summary(of: $0.points, parts: Self.parts)) }
      )
    }
    let all = summaries.flatMap { $0.2.flatMap(\.1) }.flatMap { [$0.lower, $0.upper] }
    let extremes = [all.min(), all.max()].compactMap { $0 }
    return summaries.compactMap { index, name, losses in
      guard !losses.isEmpty else { return nil }
      let series = losses.enumerated().map { rank, loss in
        // A method's first loss has the look the method has everywhere; any other is drawn in ink.
        PlotSeries(
          name: loss.0, style: rank == 0 ? styles[index] : nil,
          points: loss.1.map { part in
            PlotPoint(
              x: part.step, y: part.mean,
              tooltip: [
                name, "\(loss.0): \(NumberText.trimmed(part.mean, decimals: 4))",
                "step \(NumberText.trimmed(part.step, decimals: 0))",
              ])
          }, band: loss.1.map { PlotBandPoint(x: $0.step, lower: $0.lower, upper: $0.upper) },
          isDashed: false)
      }
      let plot = SVGPlot(
        title: "Training loss of \(name) by step", width: width, height: width * (width > 300 ? 0.5 : 0.7),
        x: PlotAxis(title: "step →", tickCount: 4),
        y: PlotAxis(title: "↑ loss", tickCount: width > 200 ? 4 : 2, mustShow: extremes),
        series: series, fontSize: form.fontSize)
      return (name, plot)
    }
  }

  /// What a run of neighbouring values comes to.
  package struct Part: Equatable {
    package var step: Double
    package var mean: Double
    package var lower: Double
    package var upper: Double
  }

  /// At most `parts` runs of as many neighbouring values each, so that long series stay small and readable.
  package static func summary(of points: [MetricPoint], parts: Int) -> [Part] {
    let usable = points.filter { $0.value.ifPlottable != nil }.sorted { $0.step < $1.step }
    guard !usable.isEmpty, parts > 0 else { return [] }
    let size = (usable.count + parts - 1) / parts
    return stride(from: 0, to: usable.count, by: size).map { start in
      let run = usable[start..<min(start + size, usable.count)]
      let values = run.map(\.value)
      return Part(
        step: run.reduce(0) { $0 + Double($1.step) } / Double(run.count),
        mean: values.reduce(0, +) / Double(run.count), lower: values.min() ?? 0, upper: values.max() ?? 0)
    }
  }

  private static func losses(of method: MethodResult) -> [MetricSeries] {
    method.training.series.filter {
      $0.name.lowercased().contains("loss") && $0.points.contains { $0.value.ifPlottable != nil }
    }
  }
}
