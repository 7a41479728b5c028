/// The plots of a report with what is needed to read them.
struct FigureSections {
  private let document: ReportDocument
  private let figure: RobustnessFigure
  private let shiftNames: [String]

  init(_ document: ReportDocument) {
    self.document = document
    figure = RobustnessFigure(document)
    shiftNames = document.shiftNames
  }

  func html() -> String {
    guard !document.methods.isEmpty || document.startingPoint != nil, !shiftNames.isEmpty else { return "" }
    return [main(), shiftNames.count > 1 ? perShift() : ""].filter { !$0.isEmpty }.joined(separator: "\n")
  }

  /// The plot twice, for wide and for narrow screens; the page shows one of them.
  private func main() -> String {
    let isCrowded = document.methods.count > 24
    let wide = figure.plot(naming: isCrowded ? .none : .margin(width: 186)).svg(theme: .page)
    let narrow = figure.plot(width: 360, height: 400, naming: .none, fontSize: 11.5).svg(theme: .page)
    return """
      <section>
      <h2>Target against shift</h2>
      <figure data-linked>
      <div class="wide">\(wide)</div>
      <div class="narrow">\(narrow)</div>
      \(Self.legend(document.methods, class: isCrowded ? "legend" : "legend narrow"))
      <figcaption><b>Figure 1.</b> \(document.methods.count == 1 ? "The" : "Each") curve leads from the zero-shot model \(key(.square)) through \
      interpolated weights \(key(.circle)) to the fine-tuned model \(key(.star)); a ring \(key(.none)) marks \
      the α selected without test data. Up and to the right is better; dotted lines pass through zero-shot. \
      Whiskers are 95% intervals.</figcaption>
      </figure>
      </section>
      """
  }

  private func perShift() -> String {
    // Two and four plots stand in pairs, so that no row is left with a single one.
    let isPaired = shiftNames.count == 2 || shiftNames.count == 4
    let plots = shiftNames.map { name in
      let plot = figure.plot(
        of: .shift(name), width: isPaired ? 390 : 310, height: isPaired ? 264 : 250, naming: .none,
        fontSize: 11)
      return "<div><h3>\(escapedMarkup(name))</h3>\(trimmed(plot).svg(theme: .page))</div>"
    }
    return """
      <section>
      <h2>Each shift</h2>
      <figure data-linked>
      \(Self.legend(document.methods, class: "legend"))
      <div class="multiples\(isPaired ? " pairs" : "")">
      \(plots.joined(separator: "\n"))
      </div>
      <figcaption><b>Figure 2.</b> As Figure 1, for one shift at a time: accuracy on the target (across) and \
      on the shift (up), in percent. Vertical axes differ.</figcaption>
      </figure>
      </section>
      """
  }

  /// A small plot says in its heading and caption what its axes are.
  private func trimmed(_ plot: SVGPlot) -> SVGPlot {
    var small = plot
    small.x.title = ""
    small.y.title = ""
    small.series = small.series.map { series in
      var series = series
      series.points = series.points.map { point in
        var point = point
        point.label = nil
        return point
      }
      return series
    }
    return small
  }

  static func legend(_ methods: [MethodResult], class name: String) -> String {
    guard !methods.isEmpty else { return "" }
    let items = methods.enumerated().map { index, method in
      "<li data-series=\"\(index)\">\(swatch(index))<span>\(escapedMarkup(method.name))</span></li>"
    }
    return "<ul class=\"\(name)\">\(items.joined())</ul>"
  }

  /// A piece of the line of a method, as in the plots.
  static func swatch(_ style: Int) -> String {
    let theme = PlotTheme.page
    let dash = PlotPalette.dash(style).map { " stroke-dasharray=\"\($0)\"" } ?? ""
    return """
      <svg class="swatch" viewBox="0 -6 28 12" width="28" height="12" aria-hidden="true" \
      \(theme.current(.series(style)))><path d="M0 0h28" fill="none" \
      stroke="currentColor" stroke-width="2"\(dash)/>\
      <g transform="translate(14 0)">\(PlotMarkers.shape(.circle, style: style, theme: theme))</g></svg>
      """
  }

  /// A marker in the running text; `.none` is the ring.
  private func key(_ marker: PlotMarker) -> String {
    let theme = PlotTheme.page
    let shape =
      marker == .none
      ? "<circle r=\"6\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.5\"/>"
      : PlotMarkers.shape(marker, style: nil, theme: theme)
    return """
      <svg class="key" viewBox="-8 -8 16 16" width="16" height="16" aria-hidden="true" \
      \(theme.current(.ink))>\(shape)</svg>
      """
  }
}

/// The losses of all methods by step.
struct TrainingSection {
  private let document: ReportDocument

  init(_ document: ReportDocument) { self.document = document }

  /// Which line is which, where a plot has several.
  private func key(to plot: SVGPlot) -> String {
    guard plot.series.count > 1 else { return "" }
    let items = plot.series.map { series in
      """
      <li><svg class="swatch" viewBox="0 -6 18 12" width="18" height="12" aria-hidden="true" \
      \(PlotTheme.page.current(.series(series.style)))><path d="M0 0h18" fill="none" stroke="currentColor" \
      stroke-width="2"/></svg><span>\(escapedMarkup(series.name))</span></li>
      """
    }
    return "<ul class=\"legend\">\(items.joined())</ul>"
  }

  func html() -> String {
    let figure = TrainingFigure(document.methods)
    guard !figure.isEmpty else { return "" }
    let plots = figure.plots().map { method, plot in
      "<div><h3>\(escapedMarkup(method))</h3>\(key(to: plot))\(plot.svg(theme: .page))</div>"
    }
    return """
      <section>
      <h2>Training loss</h2>
      <figure>
      <div class="multiples">
      \(plots.joined(separator: "\n"))
      </div>
      <figcaption>Loss by optimiser step on a common vertical axis: the mean of neighbouring steps, and \
      their range as a pale band.</figcaption>
      </figure>
      </section>
      """
  }
}
