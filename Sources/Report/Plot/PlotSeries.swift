/// How one point of a plot is marked.
public enum PlotMarker: Sendable, Equatable {
  /// Nothing is drawn, but the line passes here and a tooltip may be asked for.
  case none
  /// The shape of the series' look.
  case symbol
  case square, star
  /// A shape of its own, whatever the look of the series.
  case shape(PlotSymbol)
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
  /// A few words written next to the point, wherever there is least in the way.
  public var label: String?
  /// A short remark in small type, left out where it would cover another.
  public var remark: String?

  /// A point at (`x`, `y`).
  public init(
    x: Double, y: Double, marker: PlotMarker = .none, isRinged: Bool = false,
    xInterval: ClosedRange<Double>? = nil, yInterval: ClosedRange<Double>? = nil, tooltip: [String] = [],
    label: String? = nil, remark: String? = nil
  ) {
    self.x = x
    self.y = y
    self.marker = marker
    self.isRinged = isRinged
    self.xInterval = xInterval
    self.yInterval = yInterval
    self.tooltip = tooltip
    self.label = label
    self.remark = remark
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

/// A pale column from the horizontal axis up.
public struct PlotColumn: Sendable, Equatable {
  public var from: Double
  public var to: Double
  public var y: Double

  /// A column between `from` and `to` that is `y` high.
  public init(from: Double, to: Double, y: Double) {
    self.from = from
    self.to = to
    self.y = y
  }
}

/// Points that belong together, joined by a line.
public struct PlotSeries: Sendable, Equatable {
  /// How the intervals of points are drawn.
  public enum Intervals: Sendable, Equatable {
    /// A bar through each point.
    case whiskers
    /// A pale area along the line that holds the intervals of all points.
    case area
  }

  public var name: String
  /// The look of the series; nil is the colour of text and an unbroken line.
  public var style: PlotStyle?
  public var points: [PlotPoint]
  /// A pale area behind the line.
  public var band: [PlotBandPoint]
  /// Pale columns behind everything.
  public var columns: [PlotColumn]
  public var intervals: Intervals
  /// Whether the plot names the series in its margin or legend.
  public var isLabelled: Bool
  /// Whether the line has the dashes of its style; it needs none where it stands alone.
  public var isDashed: Bool
  /// Whether the points are joined.
  public var isJoined: Bool
  /// Whether it is drawn thin, pale and behind the others, for comparison.
  public var isBackground: Bool
  /// Which series of other figures it belongs with; nil for none.
  public var link: Int?

  /// The series `name`, looking like `style`.
  public init(
    name: String, style: PlotStyle?, points: [PlotPoint], band: [PlotBandPoint] = [],
    columns: [PlotColumn] = [], intervals: Intervals = .whiskers, isLabelled: Bool = true,
    isDashed: Bool = true, isJoined: Bool = true, isBackground: Bool = false, link: Int? = nil
  ) {
    self.name = name
    self.style = style
    self.points = points
    self.band = band
    self.columns = columns
    self.intervals = intervals
    self.isLabelled = isLabelled
    self.isDashed = isDashed
    self.isJoined = isJoined
    self.isBackground = isBackground
    self.link = link
  }
}

/// A thin line across a plot.
public enum PlotReference: Sendable, Equatable {
  /// At `y`, with a name at its right end.
  case horizontal(y: Double, name: String = "")
  case vertical(x: Double)
  /// Through places given from left to right, with a name at its right end.
  case line(through: [PlotPlace], name: String)
}

/// A place in the units of two axes.
public struct PlotPlace: Sendable, Equatable {
  public var x: Double
  public var y: Double

  /// The place at (`x`, `y`).
  public init(x: Double, y: Double) {
    self.x = x
    self.y = y
  }
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
