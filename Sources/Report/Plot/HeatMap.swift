/// A square of values, darker where they are greater, each written into its cell; a value's shade is the same in grey.
struct HeatMap: SVGDrawing {
  let width: Double
  let fontSize: Double
  let names: [String]
  /// The value of a row and a column; nil where there is none.
  let value: @Sendable (_ row: Int, _ column: Int) -> Double?
  /// The values that are palest and darkest.
  let range: ClosedRange<Double>

  private var left: Double {
    min(width * 0.34, (names.map { TextMeasure.width($0, size: fontSize) }.max() ?? 0) + fontSize * 0.8)
  }
  private var cell: Double { max(4, min((width - left) / Double(max(1, names.count)), fontSize * 5)) }
  /// Column names stand upright where they are wider than the cells.
  private var foot: Double {
    names.contains { TextMeasure.width($0, size: fontSize) > cell } ? left + fontSize * 0.4 : fontSize * 1.8
  }
  var height: Double { cell * Double(names.count) + foot + fontSize * 2.4 }

  func content(theme: PlotTheme) -> String {
    let pen = SVGPen(theme: theme, fontSize: fontSize)
    let size = min(fontSize, cell * 0.36)
    var parts: [String] = []
    for row in names.indices {
      let y = Double(row) * cell
      let name = TextMeasure.fitted(names[row], size: fontSize, limit: left - fontSize * 0.7)
      parts.append(
        pen.text(
          name, x: left - fontSize * 0.6, y: y + cell / 2 + fontSize * 0.35, anchor: .end, paint: .ink))
      for column in names.indices {
        let x = left + Double(column) * cell
        guard let value = value(row, column) else {
          parts.append(
            pen.text("–", x: x + cell / 2, y: y + cell / 2 + size * 0.35, anchor: .middle, size: size))
          continue
        }
        let shade = shade(of: value)
        parts.append(square(x: x, y: y, width: cell, height: cell, shade: shade, pen))
        parts.append(
          pen.text(
            Self.text(value), x: x + cell / 2, y: y + cell / 2 + size * 0.35, anchor: .middle,
            paint: shade > 0.5 ? .surface : .ink, size: size))
      }
    }
    let bottom = Double(names.count) * cell
    for (column, name) in names.enumerated() {
      let (x, y) = (left + (Double(column) + 0.5) * cell, bottom + fontSize * 0.6)
      let isUpright = TextMeasure.width(name, size: fontSize) > cell
      let shown = TextMeasure.fitted(name, size: fontSize, limit: left - fontSize * 0.7)
      parts.append(
        isUpright
          ? """
          <g transform="translate(\(pen.number(x + fontSize * 0.35)) \(pen.number(y))) rotate(-90)">\
          \(pen.text(shown, x: 0, y: 0, anchor: .end, paint: .ink))</g>
          """
          : pen.text(shown, x: x, y: y + fontSize * 0.8, anchor: .middle, paint: .ink))
    }
    parts.append(key(at: height - fontSize * 1.2, pen))
    return parts.joined(separator: "\n")
  }

  private static func text(_ value: Double) -> String { NumberText.fixed(value, decimals: 2) }

  /// From 0.04 to 0.86, so that the palest cell is still one and writing is readable on all.
  private func shade(of value: Double) -> Double {
    let span = range.upperBound - range.lowerBound
    let part = span > 1e-9 ? (value - range.lowerBound) / span : 1
    return 0.04 + 0.82 * min(max(part, 0), 1)
  }

  private func square(
    x: Double, y: Double, width: Double, height: Double, shade: Double, _ pen: SVGPen
  ) -> String {
    """
    <rect x="\(pen.number(x + 0.5))" y="\(pen.number(y + 0.5))" width="\(pen.number(width - 1))" \
    height="\(pen.number(height - 1))" fill-opacity="\(pen.number(shade))" \(pen.theme.fill(.ink))/>
    """
  }

  /// Which shade stands for which value.
  private func key(at y: Double, _ pen: SVGPen) -> String {
    let (low, high) = (Self.text(range.lowerBound), Self.text(range.upperBound))
    let start = TextMeasure.width(low, size: fontSize) + fontSize * 0.4
    let steps = (0..<8).map { step in
      square(
        x: start + Double(step) * 12, y: y - 5, width: 13, height: 10, shade: 0.04 + 0.82 * Double(step) / 7,
        pen)
    }
    return pen.text(low, x: 0, y: y + fontSize * 0.35) + steps.joined()
      + pen.text(high, x: start + 96 + fontSize * 0.4, y: y + fontSize * 0.35)
  }
}
