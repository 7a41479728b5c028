/// Draws a plot that has been laid out.
struct PlotDrawing {
  let plot: SVGPlot
  let layout: PlotLayout
  let theme: PlotTheme

  var pen: SVGPen { SVGPen(theme: theme, fontSize: plot.fontSize) }

  func content() -> String {
    var parts = [grid()]
    parts.append(contentsOf: plot.references.map(reference))
    parts.append(contentsOf: plot.series.map(draw))
    parts.append(names())
    parts.append(pointLabels())
    return parts.filter { !$0.isEmpty }.joined(separator: "\n")
  }

  static func tickLabel(_ value: Double, of scale: PlotScale) -> String {
    switch scale.kind {
    case .linear: NumberText.fixed(value, decimals: scale.tickDecimals)
    case .logarithmic:
      NumberText.magnitude(value, decimals: scale.tickDecimals)
    case .logit: NumberText.trimmed(value, decimals: scale.tickDecimals)
    }
  }

  // MARK: Frame

  private func grid() -> String {
    let font = plot.fontSize
    var lines = ""
    var texts = ""
    for tick in layout.yScale.ticks {
      guard let y = layout.yScale.position(tick) else { continue }
      lines += "M\(number(layout.left)) \(number(y))H\(number(layout.right))"
      texts += pen.text(
        Self.tickLabel(tick, of: layout.yScale), x: layout.left - font * 0.6, y: y + font * 0.35, anchor: .end
      )
    }
    let named = layout.xScale.ticksWithRoom {
      TextMeasure.width(Self.tickLabel($0, of: layout.xScale), size: font) + font
    }
    for tick in layout.xScale.ticks {
      guard let x = layout.xScale.position(tick) else { continue }
      lines += "M\(number(x)) \(number(layout.bottom))v\(number(font * 0.35))"
      guard named.contains(tick) else { continue }
      texts += pen.text(
        Self.tickLabel(tick, of: layout.xScale), x: x, y: layout.bottom + font * 1.45, anchor: .middle)
    }
    if !plot.y.title.isEmpty {
      texts += pen.text(TextMeasure.fitted(plot.y.title, size: font, limit: plot.width), x: 0, y: font)
    }
    if !plot.x.title.isEmpty {
      let title = TextMeasure.fitted(plot.x.title, size: font, limit: layout.right)
      texts += pen.text(title, x: layout.right, y: plot.height - font * 0.4, anchor: .end)
    }
    return [
      pen.stroke(lines, paint: .grid),
      pen.line(layout.left, layout.bottom, layout.right, layout.bottom), texts,
    ].joined(separator: "\n")
  }

  private func reference(_ reference: PlotReference) -> String {
    let places: [(x: Double, y: Double)]
    var words = ""
    switch reference {
    case .horizontal(let y, let name):
      guard let place = layout.yScale.position(y) else { return "" }
      places = [(layout.left, place), (layout.right, place)]
      words = referenceName(name, x: layout.right, y: place)
    case .vertical(let x):
      guard let place = layout.xScale.position(x) else { return "" }
      places = [(place, layout.top), (place, layout.bottom)]
    case .line(let through, let name):
      let inside = through.compactMap { layout.place($0.x, $0.y) }.filter {
        $0.x >= layout.left - 1e-6 && $0.x <= layout.right + 1e-6 && $0.y >= layout.top - 1e-6
          && $0.y <= layout.bottom + 1e-6
      }
      return pen.stroke(path(inside.map { ($0.x, $0.y) }), dash: "6 3")
        + (inside.count > 8
          ? referenceName(name, x: inside[inside.count / 4].x, y: inside[inside.count / 4].y) : "")
    }
    return pen.stroke(path(places.map { ($0.x, $0.y) }), dash: "2 3") + words
  }

  private func referenceName(_ name: String, x: Double, y: Double) -> String {
    guard !name.isEmpty else { return "" }
    let size = plot.fontSize * 0.9
    let isNearTop = y < layout.top + size * 1.6
    return pen.text(
      name, x: x - 3, y: isNearTop ? y + size * 1.2 : y - size * 0.4, anchor: .end, size: size,
      isItalic: true,
      hasHalo: true)
  }

  // MARK: Series

  private func draw(_ series: PlotSeries) -> String {
    let places = series.points.map { layout.place($0.x, $0.y) }
    var body = columns(of: series) + band(of: series)
    if series.intervals == .area { body += area(of: series) }
    if series.isJoined { body += line(through: places, of: series) }
    if series.intervals == .whiskers {
      for (point, place) in zip(series.points, places) {
        if let place { body += whiskers(of: point, at: place) }
      }
    }
    for (point, place) in zip(series.points, places) {
      if let place { body += mark(point, at: place, of: series) }
    }
    guard !body.isEmpty else { return "" }
    // What belongs to no method stays visible when one method is singled out.
    let link = series.link.map { " data-series=\"\($0)\"" } ?? ""
    let role = series.link == nil ? "series fixed" : "series"
    let paint = series.isBackground ? PlotPaint.muted : .series(series.style)
    return "<g class=\"\(role)\"\(link) \(theme.current(paint))>\(body)</g>"
  }

  private func columns(of series: PlotSeries) -> String {
    series.columns.compactMap { column -> String? in
      guard let left = layout.xScale.clampedPosition(column.from),
        let right = layout.xScale.clampedPosition(column.to),
        let top = layout.yScale.clampedPosition(column.y),
        right > left, top < layout.bottom
      else { return nil }
      return """
        <rect x="\(number(left + 0.5))" y="\(number(top))" width="\(number(max(0.5, right - left - 1)))" \
        height="\(number(layout.bottom - top))" fill="currentColor" fill-opacity="0.22"/>
        """
    }.joined()
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
  private func line(through places: [(x: Double, y: Double)?], of series: PlotSeries) -> String {
    let runs = places.split { $0 == nil }.map { $0.compactMap { $0 } }.filter { $0.count > 1 }
    guard !runs.isEmpty else { return "" }
    let dash = series.isDashed ? series.style?.dash.map { " stroke-dasharray=\"\($0)\"" } ?? "" : ""
    let data = runs.map { path($0.map { ($0.x, $0.y) }) }.joined()
    let width = series.isBackground ? "0.8\" stroke-opacity=\"0.7" : "1.75"
    return """
      <path class="line" d="\(data)" fill="none" stroke="currentColor" stroke-width="\(width)" \
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

  private func mark(_ point: PlotPoint, at place: (x: Double, y: Double), of series: PlotSeries) -> String {
    guard point.marker != .none || point.isRinged || !point.tooltip.isEmpty else { return "" }
    var shapes = PlotMarkers.shape(point.marker, style: series.style, theme: theme)
    if point.isRinged {
      shapes += "<circle class=\"ring\" r=\"8\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.75\"/>"
    }
    if series.isBackground {
      shapes = "<g transform=\"scale(0.7)\" opacity=\"0.8\">\(shapes)</g>"
    } else if layout.markScale < 1 {
      shapes = "<g transform=\"scale(\(number(layout.markScale)))\">\(shapes)</g>"
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

  func path(_ places: [(Double, Double)]) -> String {
    places.enumerated().map { index, place in
      "\(index == 0 ? "M" : "L")\(number(place.0)) \(number(place.1))"
    }.joined()
  }

  func number(_ value: Double) -> String { NumberText.coordinate(value) }
}
