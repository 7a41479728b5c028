/// Rows of marks over one horizontal axis: what is compared is named at the left, a remark may stand at the right.
struct DotPlot: SVGDrawing {
  /// A mark of a row, with its interval as a whisker.
  struct Mark {
    var x: Double
    var interval: ClosedRange<Double>?
    var marker: PlotMarker
    var style: PlotStyle?
  }

  struct Row {
    var name: String
    var marks: [Mark]
    /// A pale bar behind the marks.
    var span: ClosedRange<Double>?
    /// Whether a line leads from the first mark to the last.
    var isJoined = false
    var remark = ""
    var style: PlotStyle?
    /// Which series of other figures it belongs with.
    var link: Int?
  }

  struct Group {
    var heading = ""
    var rows: [Row]
  }

  let width: Double
  let fontSize: Double
  let axis: PlotAxis
  let groups: [Group]
  /// A value that a line marks, such as zero.
  var reference: Double?

  private var line: Double { fontSize * 1.6 }
  private var lineCount: Int {
    groups.reduce(0) { $0 + $1.rows.count + ($1.heading.isEmpty ? 0 : 1) }
  }
  private var bottom: Double {
    fontSize * 0.5 + Double(lineCount) * line + Double(max(0, groups.count - 1)) * fontSize * 0.5
  }
  var height: Double { bottom + fontSize * (axis.title.isEmpty ? 2 : 3.4) }

  func content(theme: PlotTheme) -> String {
    let pen = SVGPen(theme: theme, fontSize: fontSize)
    let rows = groups.flatMap(\.rows)
    func widest(_ texts: [String], limit: Double) -> Double {
      min(limit, texts.map { TextMeasure.width($0, size: fontSize) }.max() ?? 0)
    }
    let names = widest(rows.map(\.name), limit: width * 0.36)
    let remarks = widest(rows.map(\.remark), limit: width * 0.4)
    let (left, right) = (names + fontSize * 1.2, width - remarks - fontSize * (remarks > 0 ? 1.4 : 1))
    let values = rows.flatMap { row in
      row.marks.flatMap { [$0.x] + ($0.interval.map { [$0.lowerBound, $0.upperBound] } ?? []) }
        + (row.span.map { [$0.lowerBound, $0.upperBound] } ?? [])
    }
    let scale = PlotScale(
      values: values + axis.mustShow + (reference.map { [$0] } ?? []), kind: axis.scale, start: left,
      end: max(left + 1, right), tickCount: axis.tickCount, limits: axis.limits)
    var parts = [frame(scale, pen)]
    var y = fontSize * 0.5
    for group in groups {
      if !group.heading.isEmpty {
        let heading = TextMeasure.fitted(group.heading, size: fontSize, limit: width)
        parts.append(pen.text(heading, x: 0, y: y + line * 0.68, paint: .ink, isBold: true))
        y += line
      }
      for row in group.rows {
        parts.append(draw(row, at: y + line / 2, scale, pen, nameLimit: names, remarkLimit: remarks))
        y += line
      }
      y += fontSize * 0.5
    }
    return parts.joined(separator: "\n")
  }

  private func frame(_ scale: PlotScale, _ pen: SVGPen) -> String {
    var lines = ""
    var texts = ""
    for tick in scale.ticks {
      guard let x = scale.position(tick) else { continue }
      lines += "M\(pen.number(x)) 0V\(pen.number(bottom))"
      texts += pen.text(
        PlotDrawing.tickLabel(tick, of: scale), x: x, y: bottom + fontSize * 1.3, anchor: .middle)
    }
    if !axis.title.isEmpty {
      let title = TextMeasure.fitted(axis.title, size: fontSize, limit: width)
      let room = TextMeasure.width(title, size: fontSize)
      texts += pen.text(title, x: max(scale.end, room), y: bottom + fontSize * 2.8, anchor: .end)
    }
    let zero = reference.flatMap(scale.position).map { pen.line($0, 0, $0, bottom, paint: .ink) } ?? ""
    return pen.stroke(lines, paint: .grid) + zero + texts
  }

  private func draw(
    _ row: Row, at y: Double, _ scale: PlotScale, _ pen: SVGPen, nameLimit: Double, remarkLimit: Double
  ) -> String {
    var body = pen.text(
      TextMeasure.fitted(row.name, size: fontSize, limit: nameLimit), x: 0, y: y + fontSize * 0.35,
      paint: .ink)
    if !row.remark.isEmpty {
      let remark = TextMeasure.fitted(row.remark, size: fontSize, limit: remarkLimit)
      body += pen.text(remark, x: width, y: y + fontSize * 0.35, anchor: .end)
    }
    if let span = row.span, let from = scale.position(span.lowerBound),
      let to = scale.position(span.upperBound)
    {
      body += """
        <rect x="\(pen.number(from))" y="\(pen.number(y - 3.5))" width="\(pen.number(max(1.5, to - from)))" height="7" \
        fill-opacity="0.3" \(pen.theme.fill(.series(row.style)))/>
        """
    }
    let places = row.marks.compactMap { mark in scale.position(mark.x).map { (mark, $0) } }
    if row.isJoined, let first = places.first, let last = places.last, places.count > 1 {
      body += pen.line(first.1, y, last.1, y, paint: .series(row.style), width: 1.75)
    }
    for (mark, _) in places {
      guard let interval = mark.interval, let from = scale.clampedPosition(interval.lowerBound),
        let to = scale.clampedPosition(interval.upperBound)
      else { continue }
      body += pen.stroke(
        "M\(pen.number(from)) \(pen.number(y))H\(pen.number(to))M\(pen.number(from)) \(pen.number(y - 3))v6"
          + "M\(pen.number(to)) \(pen.number(y - 3))v6", paint: .series(mark.style), opacity: 0.65)
    }
    for (mark, x) in places { body += pen.marker(mark.marker, style: mark.style, x: x, y: y) }
    guard let link = row.link else { return "<g>\(body)</g>" }
    return "<g class=\"series\" data-series=\"\(link)\">\(body)</g>"
  }
}
