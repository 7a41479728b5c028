/// The look of a series: its colour, the dashes of its line and the mark of its points.
///
/// Looks are numbered for good. The first 63 share not both dashes and mark, and neighbours share neither, so that
/// drawings are read without colour as well.
public struct PlotStyle: Sendable, Hashable {
  /// The place in the palette.
  package var colour: Int
  /// Which of the combinations of dashes and mark.
  package var pattern: Int

  /// How many combinations of dashes and mark there are.
  package static let patternCount = PlotPalette.dashes.count * PlotSymbol.allCases.count

  /// Look number `number`.
  public init(_ number: Int) {
    let place = Self.modulo(number, Self.patternCount)
    // From row to row of eight, colours are shifted by one, so that methods a row apart do not all pair off.
    colour = Self.modulo(place - place / PlotPalette.light.count, PlotPalette.light.count)
    pattern = place
  }

  package init(colour: Int, pattern: Int) {
    self.colour = Self.modulo(colour, PlotPalette.light.count)
    self.pattern = Self.modulo(pattern, Self.patternCount)
  }

  /// The dashes of a line, in units of the drawing; nil is an unbroken line.
  package var dash: String? { PlotPalette.dashes[pattern % PlotPalette.dashes.count] }

  /// The shape of points. Seven dashes and nine shapes have no common divisor, so that each pair comes once.
  package var symbol: PlotSymbol { PlotSymbol.allCases[pattern % PlotSymbol.allCases.count] }

  private static func modulo(_ value: Int, _ count: Int) -> Int {
    let rest = value % count
    return rest < 0 ? rest + count : rest
  }
}

/// The shapes of points along lines.
public enum PlotSymbol: CaseIterable, Sendable {
  case disc, diamond, triangle, cross, ring, downTriangle, hollowDiamond, plus, hollowTriangle
}
