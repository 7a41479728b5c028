/// Which line, mark and sign of a figure means what.
package struct PlotLegend: Sendable {
  /// One sign and its meaning.
  package struct Entry: Sendable {
    package enum Sign: Sendable {
      /// A line with its mark; without a look in the colour of text.
      case series(PlotStyle?)
      /// A mark alone.
      case marker(PlotMarker, PlotStyle?)
      /// A ring around a mark.
      case ring
      /// A thin grey line.
      case background
      /// The small grey dot of what is there for comparison.
      case faint
      /// A pale area.
      case area
    }

    let sign: Sign
    let name: String
    /// Which series it singles out on the page.
    let link: Int?

    package init(_ sign: Sign, _ name: String, link: Int? = nil) {
      self.sign = sign
      self.name = name
      self.link = link
    }
  }

  var entries: [Entry]
  /// Signs that all series share; they begin a line of their own.
  var signs: [Entry]

  package init(_ entries: [Entry], signs: [Entry] = []) {
    self.entries = entries
    self.signs = signs
  }

  var isEmpty: Bool { entries.isEmpty && signs.isEmpty }

  /// The legend in columns that fit into `width`.
  func laidOut(in width: Double, fontSize: Double) -> LegendDrawing {
    LegendDrawing(legend: self, width: width, fontSize: fontSize)
  }
}

/// A legend with a place for everything.
struct LegendDrawing: SVGDrawing {
  let width: Double
  let height: Double
  private let fontSize: Double
  private let places: [(entry: PlotLegend.Entry, x: Double, y: Double, limit: Double)]

  init(legend: PlotLegend, width: Double, fontSize: Double) {
    self.width = width
    self.fontSize = fontSize
    let line = fontSize * 1.55
    var places: [(PlotLegend.Entry, Double, Double, Double)] = []
    var y = 0.0
    func sign(_ entry: PlotLegend.Entry) -> Double {
      switch entry.sign {
      case .series, .background, .area: 27
      case .marker, .ring, .faint: 15
      }
    }
    func size(_ entry: PlotLegend.Entry) -> Double {
      sign(entry) + TextMeasure.width(entry.name, size: fontSize) + fontSize * 1.3
    }
    // Methods stand in columns of one width, so that names are found; signs flow as words do.
    let widest = min(width, legend.entries.map(size).max() ?? 0)
    let columns = max(1, Int((width + fontSize) / max(1, widest)))
    for (index, entry) in legend.entries.enumerated() {
      let column = Double(index % columns) * max(widest, width / Double(columns) * 0.8)
      places.append(
        (entry, column, y + Double(index / columns) * line, widest - sign(entry) - fontSize * 0.4))
    }
    y += Double((legend.entries.count + columns - 1) / columns) * line
    if !legend.entries.isEmpty, !legend.signs.isEmpty { y += fontSize * 0.3 }
    var x = 0.0
    for entry in legend.signs {
      if x > 0, x + size(entry) - fontSize > width {
        x = 0
        y += line
      }
      places.append((entry, x, y, width - sign(entry)))
      x += size(entry)
    }
    if !legend.signs.isEmpty { y += line }
    self.places = places
    height = y
  }

  func content(theme: PlotTheme) -> String {
    let pen = SVGPen(theme: theme, fontSize: fontSize)
    return places.map { entry, x, y, limit in
      let middle = y + fontSize * 0.75
      let name = TextMeasure.fitted(entry.name, size: fontSize, limit: limit)
      let (drawn, width) = sign(entry.sign, x: x, y: middle, pen: pen)
      let whole = name == entry.name ? "" : "<title>\(escapedMarkup(entry.name))</title>"
      let words = pen.text(name, x: x + width, y: middle + fontSize * 0.35, paint: .ink)
      guard let link = entry.link else { return "<g>\(whole)\(drawn)\(words)</g>" }
      return "<g class=\"series name\" data-series=\"\(link)\">\(whole)\(drawn)\(words)</g>"
    }.joined(separator: "\n")
  }

  private func sign(_ sign: PlotLegend.Entry.Sign, x: Double, y: Double, pen: SVGPen) -> (String, Double) {
    switch sign {
    case .series(let style):
      (
        pen.stroke(
          "M\(pen.number(x)) \(pen.number(y))h22", paint: .series(style), width: 2, dash: style?.dash)
          + (style == nil ? "" : pen.marker(.symbol, style: style, x: x + 11, y: y)), 27
      )
    case .background: (pen.line(x, y, x + 22, y, width: 1), 27)
    case .area:
      (
        """
        <rect x="\(pen.number(x))" y="\(pen.number(y - 4))" width="22" height="8" fill-opacity="0.25" \
        \(pen.theme.fill(.muted))/>
        """, 27
      )
    case .marker(let marker, let style): (pen.marker(marker, style: style, x: x + 6, y: y), 15)
    case .faint:
      (
        """
        <g opacity="0.8" transform="translate(\(pen.number(x + 6)) \(pen.number(y))) scale(0.7)" \
        \(pen.theme.current(.muted))>\(PlotMarkers.shape(.shape(.disc), style: nil, theme: pen.theme))</g>
        """, 15
      )
    case .ring:
      (
        """
        <circle cx="\(pen.number(x + 6))" cy="\(pen.number(y))" r="5" fill="none" stroke-width="1.5" \
        \(pen.theme.stroke(.ink))/>
        """, 15
      )
    }
  }
}
