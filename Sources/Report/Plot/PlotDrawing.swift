/// Draws a plot that has been laid out.
struct PlotDrawing {
  let plot: SVGPlot
  let layout: PlotLayout
  let theme: PlotTheme

  func svg() -> String {
    var parts = [opening()]
    parts.append(grid())
    parts.append(contentsOf: plot.references.map(reference))
    for (index, series) in plot.series.enumerated() { parts.append(draw(series, index: index)) }
    parts.append(names())
    parts.append(pointLabels())
    parts.append("</svg>")
    return parts.filter { !$0.isEmpty }.joined(separator: "\n") + "\n"
  }

  static func tickLabel(_ value: Double, of scale: PlotScale) -> String {
    scale.kind == .linear
      ? NumberText.fixed(value, decimals: scale.tickDecimals)
      : NumberText.trimmed(value, decimals: scale.tickDecimals)
  }

  // MARK: Frame

  private func opening() -> String {
    // A file of its own brings its margin; a page has one.
    let edge = theme == .standalone ? plot.fontSize : 0
    let (width, height) = (plot.width + 2 * edge, plot.height + 2 * edge)
    let size = "viewBox=\"\(number(-edge)) \(number(-edge)) \(number(width)) \(number(height))\""
    let label = "role=\"group\" aria-label=\"\(escapedMarkup(plot.title))\""
    let natural = "width=\"\(number(width))\" height=\"\(number(height))\""
    let font = "font-size=\"\(number(plot.fontSize))\""
    guard theme == .standalone else {
      return "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot\" \(size) \(natural) \(label) \(font)>"
    }
    return """
      <svg xmlns="http://www.w3.org/2000/svg" \(size) \(natural) \(label) \(font) \
      font-family="Helvetica Neue, Helvetica, Arial, sans-serif">
      <title>\(escapedMarkup(plot.title))</title>
      <rect x="\(number(-edge))" y="\(number(-edge))" width="100%" height="100%" \(theme.fill(.surface))/>
      """
  }

  private func grid() -> String {
    let font = plot.fontSize
    var lines = ""
    var texts = ""
    for tick in layout.yScale.ticks {
      guard let y = layout.yScale.position(tick) else { continue }
      lines += "M\(number(layout.left)) \(number(y))H\(number(layout.right))"
      texts += text(
        Self.tickLabel(tick, of: layout.yScale), x: layout.left - font * 0.6, y: y + font * 0.35,
        anchor: "end")
    }
    for tick in layout.xScale.ticks {
      guard let x = layout.xScale.position(tick) else { continue }
      lines += "M\(number(x)) \(number(layout.bottom))v\(number(font * 0.35))"
      texts += text(
        Self.tickLabel(tick, of: layout.xScale), x: x, y: layout.bottom + font * 1.45, anchor: "middle")
    }
    let baseline = "M\(number(layout.left)) \(number(layout.bottom))H\(number(layout.right))"
    if !plot.y.title.isEmpty {
      let title = TextMeasure.fitted(plot.y.title, size: font, limit: plot.width)
      texts += text(title, x: 0, y: font, anchor: "start")
    }
    if !plot.x.title.isEmpty {
      let title = TextMeasure.fitted(plot.x.title, size: font, limit: layout.right)
      texts += text(title, x: layout.right, y: plot.height - font * 0.4, anchor: "end")
    }
    return """
      <path d="\(lines)" fill="none" stroke-width="1" \(theme.stroke(.grid))/>
      <path d="\(baseline)" fill="none" stroke-width="1" \(theme.stroke(.muted))/>
      <g \(theme.fill(.muted))>\(texts)</g>
      """
  }

  private func reference(_ reference: PlotReference) -> String {
    let path: String
    switch reference {
    case .horizontal(let y):
      guard let place = layout.yScale.position(y) else { return "" }
      path = "M\(number(layout.left)) \(number(place))H\(number(layout.right))"
    case .vertical(let x):
      guard let place = layout.xScale.position(x) else { return "" }
      path = "M\(number(place)) \(number(layout.top))V\(number(layout.bottom))"
    }
    return """
      <path d="\(path)" fill="none" stroke-width="1" stroke-dasharray="2 3" \(theme.stroke(.muted))/>
      """
  }

  // MARK: Series

  private func draw(_ series: PlotSeries, index: Int) -> String {
    let places = series.points.map { layout.place($0) }
    var body = band(of: series)
    body += line(through: places, style: series.isDashed ? series.style : nil)
    for (point, place) in zip(series.points, places) {
      if let place { body += whiskers(of: point, at: place) }
    }
    for (point, place) in zip(series.points, places) {
      if let place { body += mark(point, at: place, style: series.style) }
    }
    guard !body.isEmpty else { return "" }
    // What belongs to no method stays visible when one method is singled out.
    let role = series.style == nil ? "series fixed" : "series"
    return "<g class=\"\(role)\" data-series=\"\(index)\" \(theme.current(.series(series.style)))>\(body)</g>"
  }

  private func band(of series: PlotSeries) -> String {
    let edges = series.band.compactMap { edge -> (Double, Double, Double)? in
      guard let x = layout.xScale.position(edge.x), let lower = layout.yScale.position(edge.lower),
        let upper = layout.yScale.position(edge.upper)
      else { return nil }
      return (x, lower, upper)
    }
    guard edges.count > 1 else { return "" }
    let outline = edges.map { ($0.0, $0.2) } + edges.reversed().map { ($0.0, $0.1) }
    return "<path d=\"\(path(outline))Z\" fill=\"currentColor\" fill-opacity=\"0.16\"/>"
  }

  /// A line through the points that have a place; a missing point leaves a gap.
  private func line(through places: [(x: Double, y: Double)?], style: Int?) -> String {
    let runs = places.split { $0 == nil }.map { $0.compactMap { $0 } }.filter { $0.count > 1 }
    guard !runs.isEmpty else { return "" }
    let dash = style.flatMap(PlotPalette.dash).map { " stroke-dasharray=\"\($0)\"" } ?? ""
    let data = runs.map { path($0.map { ($0.x, $0.y) }) }.joined()
    return """
      <path class="line" d="\(data)" fill="none" stroke="currentColor" stroke-width="1.75" \
      stroke-linejoin="round"\(dash)/>
      """
  }

  private func whiskers(of point: PlotPoint, at place: (x: Double, y: Double)) -> String {
    var data = ""
    let cap = 3.0
    if let range = point.xInterval, let from = layout.xScale.clampedPosition(range.lowerBound),
      let to = layout.xScale.clampedPosition(range.upperBound)
    {
      data += "M\(number(from)) \(number(place.y))H\(number(to))"
      for end in [from, to] { data += "M\(number(end)) \(number(place.y - cap))v\(number(cap * 2))" }
    }
    if let range = point.yInterval, let from = layout.yScale.clampedPosition(range.lowerBound),
      let to = layout.yScale.clampedPosition(range.upperBound)
    {
      data += "M\(number(place.x)) \(number(from))V\(number(to))"
      for end in [from, to] { data += "M\(number(place.x - cap)) \(number(end))h\(number(cap * 2))" }
    }
    guard !data.isEmpty else { return "" }
    return """
      <path class="whisker" d="\(data)" fill="none" stroke="currentColor" stroke-width="1" \
      stroke-opacity="0.55"/>
      """
  }

  private func mark(_ point: PlotPoint, at place: (x: Double, y: Double), style: Int?) -> String {
    guard point.marker != .none || point.isRinged || !point.tooltip.isEmpty else { return "" }
    var shapes = PlotMarkers.shape(point.marker, style: style, theme: theme)
    if point.isRinged {
      shapes += "<circle class=\"ring\" r=\"8\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.75\"/>"
    }
    var tip = ""
    if !point.tooltip.isEmpty {
      shapes += "<circle r=\"9\" fill=\"none\" pointer-events=\"all\"/>"
      tip = "<title>\(escapedMarkup(point.tooltip.joined(separator: "\n")))</title>"
    }
    return
      "<g class=\"point\" transform=\"translate(\(number(place.x)) \(number(place.y)))\">\(tip)\(shapes)</g>"
  }

  // MARK: Elements

  private func text(_ content: String, x: Double, y: Double, anchor: String) -> String {
    """
    <text x="\(number(x))" y="\(number(y))" text-anchor="\(anchor)">\(escapedMarkup(content))</text>
    """
  }

  func path(_ places: [(Double, Double)]) -> String {
    places.enumerated().map { index, place in
      "\(index == 0 ? "M" : "L")\(number(place.0)) \(number(place.1))"
    }.joined()
  }

  func number(_ value: Double) -> String { NumberText.coordinate(value) }
}
