/// How one point of a plot is marked.
public enum PlotMarker: Sendable, Equatable {
  /// Nothing is drawn, but the line passes here and a tooltip may be asked for.
  case none
  case circle, square, star
}

/// One point of a plot, in the units of its axes.
public struct PlotPoint: Sendable, Equatable {
  public var x: Double
  public var y: Double
  public var marker: PlotMarker
  /// Whether a ring is drawn around the marker.
  public var isRinged: Bool
  /// The ends of a horizontal whisker.
  public var xInterval: ClosedRange<Double>?
  /// The ends of a vertical whisker.
  public var yInterval: ClosedRange<Double>?
  /// What a tooltip says, line by line; the first line is its heading.
  public var tooltip: [String]
  /// A few words written next to the point.
  public var label: String?

  /// A point at (`x`, `y`).
  public init(
    x: Double, y: Double, marker: PlotMarker = .none, isRinged: Bool = false,
    xInterval: ClosedRange<Double>? = nil, yInterval: ClosedRange<Double>? = nil, tooltip: [String] = [],
    label: String? = nil
  ) {
    self.x = x
    self.y = y
    self.marker = marker
    self.isRinged = isRinged
    self.xInterval = xInterval
    self.yInterval = yInterval
    self.tooltip = tooltip
    self.label = label
  }
}

/// The range of `y` that a series covers near `x`.
public struct PlotBandPoint: Sendable, Equatable {
  public var x: Double
  public var lower: Double
  public var upper: Double

  /// The range from `lower` to `upper` at `x`.
  public init(x: Double, lower: Double, upper: Double) {
    self.x = x
    self.lower = lower
    self.upper = upper
  }
}

/// Points that belong together, joined by a line.
public struct PlotSeries: Sendable, Equatable {
  public var name: String
  /// The look of the series: colour, dash and circle; nil is the colour of text and an unbroken line.
  public var style: Int?
  public var points: [PlotPoint]
  /// A pale area behind the line.
  public var band: [PlotBandPoint]
  /// Whether the plot names the series in its margin.
  public var isLabelled: Bool
  /// Whether the line has the dashes of its style; it needs none where it stands alone.
  public var isDashed: Bool

  /// The series `name`, looking like number `style` of the palette.
  public init(
    name: String, style: Int?, points: [PlotPoint], band: [PlotBandPoint] = [], isLabelled: Bool = true,
    isDashed: Bool = true
  ) {
    self.name = name
    self.style = style
    self.points = points
    self.band = band
    self.isLabelled = isLabelled
    self.isDashed = isDashed
  }
}

/// A thin line across a plot at one value of an axis.
public enum PlotReference: Sendable, Equatable {
  case horizontal(y: Double)
  case vertical(x: Double)
}

/// An axis of a plot.
public struct PlotAxis: Sendable, Equatable {
  public var title: String
  public var scale: PlotScaleKind
  /// About how many ticks are shown.
  public var tickCount: Int
  /// Values that must lie on the axis whatever the points are.
  public var mustShow: [Double]
  /// Bounds beyond which the axis never reaches, unless a point does.
  public var limits: ClosedRange<Double>?

  /// An axis named `title`.
  public init(
    title: String, scale: PlotScaleKind = .linear, tickCount: Int = 6, mustShow: [Double] = [],
    limits: ClosedRange<Double>? = nil
  ) {
    self.title = title
    self.scale = scale
    self.tickCount = tickCount
    self.mustShow = mustShow
    self.limits = limits
  }
}
