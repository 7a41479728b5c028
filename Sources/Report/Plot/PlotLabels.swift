extension PlotDrawing {
  /// The names of the series in the right margin, each joined to the last point of its line.
  func names() -> String {
    guard layout.nameColumn > 0 else { return "" }
    let font = plot.fontSize * 1.04
    let entries = plot.series.compactMap { series -> (PlotSeries, x: Double, y: Double)? in
      guard series.isLabelled,
        let end = series.points.reversed().lazy.compactMap({ layout.place($0.x, $0.y) }).first
      else {
        return nil
      }
      return (series, end.x, end.y)
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
      let (series, endX, endY) = entry
      let link = series.link.map { " data-series=\"\($0)\"" } ?? ""
      let dash = series.style?.dash.map { " stroke-dasharray=\"\($0)\"" } ?? ""
      let name = TextMeasure.fitted(series.name, size: font, limit: limit)
      let whole = name == series.name ? "" : "<title>\(escapedMarkup(series.name))</title>"
      return """
        <g class="series name"\(link) \(theme.current(.series(series.style)))>\(whole)\
        <path d="M\(number(endX + 7)) \(number(endY))L\(number(column - 3)) \(number(y))" fill="none" \
        stroke="currentColor" stroke-width="0.75" stroke-opacity="0.45"/>\
        <path d="M\(number(column)) \(number(y))h\(number(sample))" fill="none" stroke="currentColor" \
        stroke-width="2"\(dash)/>\
        <g transform="translate(\(number(column + sample / 2)) \(number(y)))">\
        \(PlotMarkers.shape(.symbol, style: series.style, theme: theme))</g>\
        <text x="\(number(column + sample + 7))" y="\(number(y + font * 0.35))" font-size="\(number(font))" \
        \(theme.fill(.ink))>\(escapedMarkup(name))</text></g>
        """
    }.joined(separator: "\n")
  }

  /// The labels and remarks of points, each on the side where it covers least of what is drawn. A remark that would cover
  /// another, or a mark, is left out.
  func pointLabels() -> String {
    let labelled = plot.series.flatMap(\.points).filter { $0.label != nil }
    // In the colour of their line, where there are several.
    let isColoured = plot.series.count { !$0.isBackground && $0.points.contains { $0.remark != nil } } > 1
    let remarked = plot.series.flatMap { series in
      series.points.filter { $0.remark != nil }.map { point in
        (point: point, paint: isColoured && !series.isBackground ? PlotPaint.series(series.style) : .muted)
      }
    }
    guard !labelled.isEmpty || !remarked.isEmpty else { return "" }
    let font = plot.fontSize
    let drawn = samplesOfLines()
    var taken: [Box] = []
    var texts: [String] = []
    for point in labelled {
      guard let label = point.label, let place = layout.place(point.x, point.y),
        let best = places(for: label, size: font, around: place, gap: font * 0.9)
          .min(by: { cost(of: $0, drawn, taken) < cost(of: $1, drawn, taken) })
      else { continue }
      taken.append(best)
      texts.append(
        pen.text(label, x: best.left, y: best.top + font * 0.82, paint: .ink, isItalic: true, hasHalo: true))
    }
    let marks = plot.series.filter { !$0.isBackground }.flatMap(\.points).compactMap { point -> Box? in
      guard point.marker != .none || point.isRinged, let (x, y) = layout.place(point.x, point.y) else {
        return nil
      }
      let reach = (point.isRinged ? 8.0 : 3.5) * layout.markScale
      return Box(left: x - reach, top: y - reach, right: x + reach, bottom: y + reach)
    }
    let small = font * 0.8
    for (point, paint) in remarked {
      guard let remark = point.remark, let place = layout.place(point.x, point.y) else { continue }
      let free = places(
        for: remark, size: small, around: place, gap: (point.isRinged ? 9 : 5.5) * layout.markScale
      ).filter {
        box in
        box.left >= layout.left && box.right <= layout.right && box.top >= layout.top
          && box.bottom <= layout.bottom
          && !(taken + marks).contains { $0.overlaps(box) }
      }
      guard let best = free.min(by: { cost(of: $0, drawn, []) < cost(of: $1, drawn, []) }),
        cost(of: best, drawn, []) < 24
      else { continue }
      taken.append(best)
      texts.append(
        pen.text(remark, x: best.left, y: best.top + small * 0.82, paint: paint, size: small, hasHalo: true))
    }
    return texts.joined(separator: "\n")
  }

  /// Where words of a size could stand around a place.
  private func places(for words: String, size: Double, around place: (x: Double, y: Double), gap: Double)
    -> [Box]
  {
    let (x, y) = place
    let width = TextMeasure.width(words, size: size)
    let near = gap * 0.65
    let corners: [(x: Double, y: Double)] = [
      (x - gap - width, y - size * 0.5), (x - width / 2, y + gap), (x - width / 2, y - gap - size),
      (x + gap, y - size * 0.5), (x + near, y + near), (x + near, y - near - size),
      (x - near - width, y + near), (x - near - width, y - near - size),
    ]
    return corners.map { Box(left: $0.x, top: $0.y, right: $0.x + width, bottom: $0.y + size) }
  }

  private struct Box {
    let left: Double
    let top: Double
    let right: Double
    let bottom: Double

    func overlaps(_ other: Box) -> Bool {
      left < other.right && other.left < right && top < other.bottom && other.top < bottom
    }
  }

  /// How bad a place for a label is: outside the axes, over another label, over lines.
  private func cost(of box: Box, _ drawn: [(x: Double, y: Double)], _ taken: [Box]) -> Int {
    let isInside =
      box.left >= layout.left && box.right <= layout.right && box.top >= layout.top
      && box.bottom <= layout.bottom
    let covered = drawn.count {
      $0.x > box.left - 3 && $0.x < box.right + 3 && $0.y > box.top - 2 && $0.y < box.bottom + 2
    }
    return covered + (taken.contains { $0.overlaps(box) } ? 5_000 : 0) + (isInside ? 0 : 10_000)
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
      let places = !series.isJoined ? [] : series.points.compactMap { layout.place($0.x, $0.y) }
      for (from, to) in zip(places, places.dropFirst()) { sample(from, to) }
      for point in series.points {
        guard series.intervals == .whiskers, let place = layout.place(point.x, point.y) else { continue }
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
      case .horizontal(let y, _):
        if let place = layout.yScale.position(y) { sample((layout.left, place), (layout.right, place)) }
      case .vertical(let x):
        if let place = layout.xScale.position(x) { sample((place, layout.top), (place, layout.bottom)) }
      case .line(let through, _):
        let places = through.compactMap { layout.place($0.x, $0.y) }
        for (from, to) in zip(places, places.dropFirst()) { sample(from, to) }
      }
    }
    return samples
  }
}
