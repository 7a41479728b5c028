/// Something that can stand in a figure: a plot, a diagram, a legend.
package protocol SVGDrawing: Sendable {
  /// Its size, in the units of the figure.
  var width: Double { get }
  var height: Double { get }
  /// Its elements, with its upper left corner at the origin.
  func content(theme: PlotTheme) -> String
}

/// The elements that drawings are made of.
struct SVGPen {
  let theme: PlotTheme
  let fontSize: Double

  enum Anchor: String { case start, middle, end }

  /// A line of text; `y` is its baseline. With a halo it stays readable where it crosses lines.
  func text(
    _ content: String, x: Double, y: Double, anchor: Anchor = .start, paint: PlotPaint = .muted,
    size: Double? = nil, isBold: Bool = false, isItalic: Bool = false, hasHalo: Bool = false
  ) -> String {
    let size = size.map { " font-size=\"\(number($0))\"" } ?? ""
    let weight = (isBold ? " font-weight=\"600\"" : "") + (isItalic ? " font-style=\"italic\"" : "")
    let colour = hasHalo ? theme.text(paint, halo: .surface) : theme.fill(paint)
    return """
      <text x="\(number(x))" y="\(number(y))" text-anchor="\(anchor.rawValue)"\(size)\(weight) \
      \(colour)>\(escapedMarkup(content))</text>
      """
  }

  /// An open path.
  func stroke(
    _ data: String, paint: PlotPaint = .muted, width: Double = 1, dash: String? = nil, opacity: Double = 1
  ) -> String {
    let dashes = dash.map { " stroke-dasharray=\"\($0)\"" } ?? ""
    let pale = opacity < 1 ? " stroke-opacity=\"\(number(opacity))\"" : ""
    return
      "<path d=\"\(data)\" fill=\"none\" stroke-width=\"\(number(width))\"\(dashes)\(pale) \(theme.stroke(paint))/>"
  }

  /// A horizontal, a vertical or a slanted line.
  func line(
    _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, paint: PlotPaint = .muted, width: Double = 1,
    dash: String? = nil
  ) -> String {
    stroke("M\(number(x1)) \(number(y1))L\(number(x2)) \(number(y2))", paint: paint, width: width, dash: dash)
  }

  /// A marker at a place, in a colour.
  func marker(_ marker: PlotMarker, style: PlotStyle?, x: Double, y: Double, paint: PlotPaint? = nil)
    -> String
  {
    """
    <g transform="translate(\(number(x)) \(number(y)))" \(theme.current(paint ?? .series(style)))>\
    \(PlotMarkers.shape(marker, style: style, theme: theme))</g>
    """
  }

  func number(_ value: Double) -> String { NumberText.coordinate(value) }
}
