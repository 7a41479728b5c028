/// A chart of lines and points over two axes, drawn as SVG that needs neither scripts nor fonts.
public struct SVGPlot: Sendable, Equatable {
  /// How series are told by name.
  public enum Naming: Sendable, Equatable {
    /// In a column of this width at the right, joined to the ends of the lines.
    case margin(width: Double)
    /// Not in the drawing.
    case none
  }

  /// What the plot shows, in a few words; read aloud by screen readers.
  public var title: String
  /// The size of the drawing, in pixels at its natural scale.
  public var width: Double
  public var height: Double
  public var x: PlotAxis
  public var y: PlotAxis
  public var series: [PlotSeries]
  public var references: [PlotReference]
  public var naming: Naming
  /// The size of tick labels, in pixels; names are a little larger.
  public var fontSize: Double

  /// A plot of `series` on the axes `x` and `y`.
  public init(
    title: String, width: Double, height: Double, x: PlotAxis, y: PlotAxis, series: [PlotSeries],
    references: [PlotReference] = [], naming: Naming = .none, fontSize: Double = 12
  ) {
    self.title = title
    self.width = width
    self.height = height
    self.x = x
    self.y = y
    self.series = series
    self.references = references
    self.naming = naming
    self.fontSize = fontSize
  }

  /// The drawing, as one `svg` element; a file of its own with `.standalone`.
  public func svg(theme: PlotTheme = .standalone) -> String {
    let plot = drawable
    return SVGFigure.frame(
      plot.content(theme: theme), title: plot.title, width: plot.width, height: plot.height,
      fontSize: plot.fontSize, theme: theme)
  }

  /// The plot at a size that can be drawn.
  private var drawable: SVGPlot {
    var plot = self
    plot.width = Self.usable(width, in: 60...20_000)
    plot.height = Self.usable(height, in: 60...20_000)
    plot.fontSize = Self.usable(fontSize, in: 4...200)
    return plot
  }

  /// A length that can be drawn, whatever was asked for.
  private static func usable(_ length: Double, in range: ClosedRange<Double>) -> Double {
    length.isNaN ? range.lowerBound : min(max(length, range.lowerBound), range.upperBound)
  }
}

extension SVGPlot: SVGDrawing {
  package func content(theme: PlotTheme) -> String {
    let plot = drawable
    return PlotDrawing(plot: plot, layout: PlotLayout(plot), theme: theme).content()
  }
}

/// Where the parts of a plot lie in the drawing.
struct PlotLayout {
  let xScale: PlotScale
  let yScale: PlotScale
  let left: Double
  let right: Double
  let top: Double
  let bottom: Double
  let nameColumn: Double
  /// Marks are smaller in small plots, where they would cover each other.
  let markScale: Double

  init(_ plot: SVGPlot) {
    let font = plot.fontSize
    let points = plot.series.flatMap(\.points)
    func ends(_ interval: ClosedRange<Double>?) -> [Double] {
      interval.map { [$0.lowerBound, $0.upperBound] } ?? []
    }
    let xValues = points.flatMap { [$0.x] + ends($0.xInterval) } + plot.x.mustShow
    var yValues = points.flatMap { [$0.y] + ends($0.yInterval) } + plot.y.mustShow
    yValues += plot.series.flatMap(\.band).flatMap { [$0.lower, $0.upper] }
    yValues += plot.series.flatMap(\.columns).map(\.y)
    markScale = plot.width < 200 ? 0.7 : 1
    switch plot.naming {
    case .margin(let width): nameColumn = width > 0 ? min(width, plot.width * 0.6) : 0
    case .none: nameColumn = 0
    }
    top = font * (plot.y.title.isEmpty ? 0.8 : 2.4)
    bottom = max(top + 1, plot.height - font * (plot.x.title.isEmpty ? 2.0 : 3.6))
    let vertical = PlotScale(
      values: yValues, kind: plot.y.scale, start: bottom, end: top, tickCount: plot.y.tickCount,
      limits: plot.y.limits)
    let labels = vertical.ticks.map { PlotDrawing.tickLabel($0, of: vertical) }
    let widest = labels.map { TextMeasure.width($0, size: font) }.max() ?? font
    yScale = vertical
    left = min(plot.width * 0.4, widest + font * 0.8)
    right = max(left + 1, plot.width - (nameColumn > 0 ? nameColumn : font * 1.1))
    xScale = PlotScale(
      values: xValues, kind: plot.x.scale, start: left, end: right, tickCount: plot.x.tickCount,
      limits: plot.x.limits)
  }

  /// The place of a point, or nil where an axis has none for it.
  func place(_ x: Double, _ y: Double) -> (x: Double, y: Double)? {
    guard let x = xScale.position(x), let y = yScale.position(y) else { return nil }
    return (x, y)
  }
}
