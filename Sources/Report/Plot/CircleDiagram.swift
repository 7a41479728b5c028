/// Three circles that overlap, with a number in each of their seven regions; areas do not stand for numbers.
struct CircleDiagram: SVGDrawing {
  let width: Double
  let fontSize: Double
  /// What each circle is, in the order of the numbers.
  let names: [String]
  let styles: [PlotStyle?]
  /// In one circle only; in two, first and second, first and third, second and third; in all.
  let single: [Int]
  let pairs: [Int]
  let all: Int

  private var radius: Double { min(width, fontSize * 26) * 0.27 }
  private var middle: (x: Double, y: Double) { (width / 2, radius * 1.31 + fontSize * 1.9) }
  var height: Double { middle.y + radius * 1.62 + fontSize * 2.3 }

  func content(theme: PlotTheme) -> String {
    guard names.count == 3, styles.count == 3, single.count == 3, pairs.count == 3 else { return "" }
    let pen = SVGPen(theme: theme, fontSize: fontSize)
    let (x, y) = middle
    let reach = radius * 0.62
    // Two above, the third below.
    let centres = [(-0.866, -0.5), (0.866, -0.5), (0.0, 1.0)].map { (x + $0.0 * reach, y + $0.1 * reach) }
    var parts = zip(centres, styles).map { centre, style in
      let dash = style?.dash.map { " stroke-dasharray=\"\($0)\"" } ?? ""
      return """
        <circle cx="\(pen.number(centre.0))" cy="\(pen.number(centre.1))" r="\(pen.number(radius))" \
        fill="currentColor" fill-opacity="0.1" stroke="currentColor" stroke-width="1.75"\(dash) \
        \(theme.current(.series(style)))/>
        """
    }
    func number(_ count: Int, _ dx: Double, _ dy: Double, isBold: Bool = false) {
      parts.append(
        pen.text(
          NumberText.grouped(count), x: x + dx * radius, y: y + dy * radius + fontSize * 0.35,
          anchor: .middle,
          paint: .ink, size: fontSize * 1.05, isBold: isBold, hasHalo: true))
    }
    number(single[0], -0.92, -0.52)
    number(single[1], 0.92, -0.52)
    number(single[2], 0, 1.1)
    number(pairs[0], 0, -0.72)
    number(pairs[1], -0.62, 0.36)
    number(pairs[2], 0.62, 0.36)
    number(all, 0, 0, isBold: true)
    let limit = width / 2 - 4
    func name(_ index: Int, _ x: Double, _ y: Double) {
      let text = TextMeasure.fitted(names[index], size: fontSize, limit: index == 2 ? width : limit)
      parts.append(pen.text(text, x: x, y: y, anchor: .middle, paint: .ink, isBold: true))
    }
    let top = y - 0.5 * reach - radius - fontSize * 0.6
    name(0, max(x - 1.15 * reach, TextMeasure.width(names[0], size: fontSize) / 2), top)
    name(1, min(x + 1.15 * reach, width - TextMeasure.width(names[1], size: fontSize) / 2), top)
    name(2, x, y + reach + radius + fontSize * 1.3)
    return parts.joined(separator: "\n")
  }
}
