extension PlotDrawing {
  /// The names of the series in the right margin, each joined to the last point of its line.
  func names() -> String {
    guard layout.nameColumn > 0 else { return "" }
    let font = plot.fontSize * 1.04
    let entries = plot.series.enumerated().compactMap {
      index, series -> (Int, PlotSeries, x: Double, y: Double)? in
      guard series.isLabelled, let end = series.points.reversed().lazy.compactMap(layout.place).first else {
        return nil
      }
      return (index, series, end.x, end.y)
    }
    let spacing = min(font * 1.5, (layout.bottom - layout.top) / Double(max(1, entries.count - 1)))
    guard
      let places = LabelColumn.positions(
        for: entries.map(\.y), spacing: spacing, in: layout.top...layout.bottom)
    else { return "" }
    let column = layout.right + plot.fontSize * 1.6
    let sample = 24.0
    let limit = plot.width - column - sample - 8
    return zip(entries, places).map { entry, y in
      let (index, series, endX, endY) = entry
      let dash = series.style.flatMap(PlotPalette.dash).map { " stroke-dasharray=\"\($0)\"" } ?? ""
      let name = TextMeasure.fitted(series.name, size: font, limit: limit)
      let whole = name == series.name ? "" : "<title>\(escapedMarkup(series.name))</title>"
      return """
        <g class="series name" data-series="\(index)" \(theme.current(.series(series.style)))>\(whole)\
        <path d="M\(number(endX + 7)) \(number(endY))L\(number(column - 3)) \(number(y))" fill="none" \
        stroke="currentColor" stroke-width="0.75" stroke-opacity="0.45"/>\
        <path d="M\(number(column)) \(number(y))h\(number(sample))" fill="none" stroke="currentColor" \
        stroke-width="2"\(dash)/>\
        <g transform="translate(\(number(column + sample / 2)) \(number(y)))">\
        \(PlotMarkers.shape(.circle, style: series.style, theme: theme))</g>\
        <text x="\(number(column + sample + 7))" y="\(number(y + font * 0.35))" font-size="\(number(font))" \
        \(theme.fill(.ink))>\(escapedMarkup(name))</text></g>
        """
    }.joined(separator: "\n")
  }

  /// The label of a point, on the side where it covers least of the lines.
  func pointLabel(_ point: PlotPoint) -> String? {
    guard let label = point.label, let place = layout.place(point) else { return nil }
    let font = plot.fontSize
    let width = TextMeasure.width(label, size: font)
    let gap = font * 0.9
    let sides: [(x: Double, y: Double)] = [
      (place.x - gap - width, place.y - font * 0.5), (place.x - width / 2, place.y + gap),
      (place.x - width / 2, place.y - gap - font), (place.x + gap, place.y - font * 0.5),
      (place.x + gap * 0.6, place.y + gap * 0.6), (place.x + gap * 0.6, place.y - gap * 0.6 - font),
      (place.x - gap * 0.6 - width, place.y + gap * 0.6),
      (place.x - gap * 0.6 - width, place.y - gap * 0.6 - font),
    ]
    let drawn = samplesOfLines()
    let best = sides.min { coverage($0, width, font, drawn) < coverage($1, width, font, drawn) }
    guard let best else { return nil }
    return """
      <text x="\(number(best.x))" y="\(number(best.y + font * 0.82))" font-style="italic" \
      \(theme.text(.ink, halo: .surface))>\(escapedMarkup(label))</text>
      """
  }

  private func coverage(
    _ corner: (x: Double, y: Double), _ width: Double, _ height: Double, _ drawn: [(x: Double, y: Double)]
  ) -> Int {
    let isInside =
      corner.x >= layout.left && corner.x + width <= layout.right && corner.y >= layout.top
      && corner.y + height <= layout.bottom
    let covered = drawn.count {
      $0.x > corner.x - 3 && $0.x < corner.x + width + 3 && $0.y > corner.y - 2
        && $0.y < corner.y + height + 2
    }
    return covered + (isInside ? 0 : 10_000)
  }

  /// Places along all lines, whiskers and references, close enough to each other to tell what a label covers.
  private func samplesOfLines() -> [(x: Double, y: Double)] {
    var samples: [(x: Double, y: Double)] = []
    func sample(_ from: (x: Double, y: Double), _ to: (x: Double, y: Double)) {
      for step in 0...16 {
        let part = Double(step) / 16
        samples.append((from.x + (to.x - from.x) * part, from.y + (to.y - from.y) * part))
      }
    }
    for series in plot.series {
      let places = series.points.compactMap(layout.place)
      for (from, to) in zip(places, places.dropFirst()) { sample(from, to) }
      for point in series.points {
        guard let place = layout.place(point) else { continue }
        if let range = point.xInterval, let from = layout.xScale.clampedPosition(range.lowerBound),
          let to = layout.xScale.clampedPosition(range.upperBound)
        {
          sample((from, place.y), (to, place.y))
        }
        if let range = point.yInterval, let from = layout.yScale.clampedPosition(range.lowerBound),
          let to = layout.yScale.clampedPosition(range.upperBound)
        {
          sample((place.x, from), (place.x, to))
        }
      }
    }
    for reference in plot.references {
      switch reference {
      case .horizontal(let y):
        if let place = layout.yScale.position(y) { sample((layout.left, place), (layout.right, place)) }
      case .vertical(let x):
        if let place = layout.xScale.position(x) { sample((place, layout.top), (place, layout.bottom)) }
      }
    }
    return samples
  }
}
