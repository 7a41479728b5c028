/// The colours and dashes that looks are made of.
package enum PlotPalette {
  /// Colours on a light ground, told apart under every common colour vision deficiency.
  package static let light = [
    "#3e8bfb", "#c97a2c", "#214811", "#a617b3", "#686413", "#4d487d", "#2e8b97", "#d44365",
  ]
  /// The same hues for a dark ground.
  package static let dark = [
    "#80b2fd", "#ca7410", "#baffa3", "#a37da6", "#c4bc0d", "#8771fe", "#60ebfe", "#f999a7",
  ]
  /// Dash patterns in units of the drawing; the first is an unbroken line.
  package static let dashes: [String?] = [
    nil, "7 3", "2.5 2.5", "9 3 2 3", "14 3.5", "5 2.5 1.5 2.5 1.5 2.5", "1.5 4",
  ]
}

/// Where a drawing gets its colours from.
public enum PlotTheme: Sendable, Equatable {
  /// Fixed colours on white, for a file of its own.
  case standalone
  /// The custom properties of the page the drawing stands in (`--ink`, `--muted`, `--grid`, `--surface`,
  /// `--series-0` …), so that it follows the page from light to dark.
  case page
}

/// What a part of a drawing is painted with.
enum PlotPaint {
  case ink, muted, grid, surface
  /// The colour of a look; nil is that of text.
  case series(PlotStyle?)
}

extension PlotTheme {
  /// The value of a colour property.
  func colour(_ paint: PlotPaint) -> String {
    let (name, fixed): (String, String)
    switch paint {
    case .ink: (name, fixed) = ("ink", "#1b1d21")
    case .muted: (name, fixed) = ("muted", "#5d646e")
    case .grid: (name, fixed) = ("grid", "#e4e6ea")
    case .surface: (name, fixed) = ("surface", "#ffffff")
    case .series(nil): (name, fixed) = ("ink", "#1b1d21")
    case .series(let style?):
      (name, fixed) = ("series-\(style.colour)", PlotPalette.light[style.colour])
    }
    return self == .page ? "var(--\(name))" : fixed
  }

  /// An attribute that sets `color`, which what is inside then takes as `currentColor`.
  func current(_ paint: PlotPaint) -> String {
    self == .page ? "style=\"color:\(colour(paint))\"" : "color=\"\(colour(paint))\""
  }

  /// Attributes that set what an element is filled with; custom properties work in style attributes only.
  func fill(_ paint: PlotPaint) -> String {
    self == .page ? "style=\"fill:\(colour(paint))\"" : "fill=\"\(colour(paint))\""
  }

  /// Attributes that set what an element is drawn with.
  func stroke(_ paint: PlotPaint) -> String {
    self == .page ? "style=\"stroke:\(colour(paint))\"" : "stroke=\"\(colour(paint))\""
  }

  /// Attributes of text that stays readable where it crosses lines.
  func text(_ paint: PlotPaint, halo: PlotPaint) -> String {
    let shape = "stroke-width=\"3\" stroke-linejoin=\"round\" paint-order=\"stroke\""
    return self == .page
      ? "\(shape) style=\"fill:\(colour(paint));stroke:\(colour(halo))\""
      : "\(shape) fill=\"\(colour(paint))\" stroke=\"\(colour(halo))\""
  }
}
