/// The looks of series: no two of the first 24 share both dash and circle, so that colour never stands alone.
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
  private static let dashes: [String?] = [
    nil, "7 3", "2.5 2.5", "9 3 2 3", "12 3", "5 2.5 1.5 2.5 1.5 2.5", "1.5 3.5", "14 3 5 3",
  ]

  /// The inside of the circles of a series.
  enum Circle { case filled, hollow, dotted }

  package static func colourIndex(_ style: Int) -> Int { modulo(style, light.count) }

  package static func dash(_ style: Int) -> String? {
    dashes[modulo(style &+ 3 &* (modulo(style, 24) / light.count), dashes.count)]
  }

  static func circle(_ style: Int) -> Circle {
    switch modulo(style, 24) / light.count {
    case 0: .filled
    case 1: .hollow
    default: .dotted
    }
  }

  private static func modulo(_ value: Int, _ count: Int) -> Int {
    let rest = value % count
    return rest < 0 ? rest + count : rest
  }
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
  case series(Int?)
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
      let index = PlotPalette.colourIndex(style)
      (name, fixed) = ("series-\(index)", PlotPalette.light[index])
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
