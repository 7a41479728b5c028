import Foundation

/// The shapes that mark points, drawn around the origin in `currentColor`.
package enum PlotMarkers {
  /// The shape of `marker` for a series of this `style`.
  package static func shape(_ marker: PlotMarker, style: PlotStyle?, theme: PlotTheme) -> String {
    switch marker {
    case .none: ""
    case .symbol: symbol(style?.symbol ?? .disc, theme: theme)
    case .shape(let own): symbol(own, theme: theme)
    case .square:
      "<path d=\"M-4.5 -4.5h9v9h-9z\" fill=\"currentColor\" stroke-width=\"1\" \(theme.stroke(.surface))/>"
    case .star:
      "<path d=\"\(star)\" fill=\"currentColor\" stroke-width=\"1\" \(theme.stroke(.surface))/>"
    }
  }

  private static func symbol(_ symbol: PlotSymbol, theme: PlotTheme) -> String {
    func filled(_ path: String) -> String {
      "<path d=\"\(path)\" fill=\"currentColor\" stroke-width=\"1\" \(theme.stroke(.surface))/>"
    }
    func hollow(_ path: String) -> String {
      "<path d=\"\(path)\" stroke=\"currentColor\" stroke-width=\"1.4\" \(theme.fill(.surface))/>"
    }
    func strokes(_ path: String) -> String {
      // On a pale outline, so that they stand out from the line they lie on.
      "<path d=\"\(path)\" fill=\"none\" stroke-width=\"4\" \(theme.stroke(.surface))/>"
        + "<path d=\"\(path)\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.9\"/>"
    }
    return switch symbol {
    case .disc: "<circle r=\"3.4\" fill=\"currentColor\" stroke-width=\"1\" \(theme.stroke(.surface))/>"
    case .ring: "<circle r=\"3.1\" stroke=\"currentColor\" stroke-width=\"1.5\" \(theme.fill(.surface))/>"
    case .diamond: filled("M0 -4.8L4.3 0L0 4.8L-4.3 0z")
    case .hollowDiamond: hollow("M0 -4.4L3.9 0L0 4.4L-3.9 0z")
    case .triangle: filled("M0 -4.6L4.3 3.2H-4.3z")
    case .hollowTriangle: hollow("M0 -4.2L3.9 2.9H-3.9z")
    case .downTriangle: filled("M0 4.6L4.3 -3.2H-4.3z")
    case .cross: strokes("M-3 -3L3 3M-3 3L3 -3")
    case .plus: strokes("M-4 0H4M0 -4V4")
    }
  }

  /// A five-pointed star.
  private static let star: String = {
    let corners = (0..<10).map { corner -> String in
      let radius = corner.isMultiple(of: 2) ? 7.5 : 3.2
      let angle = Double(corner) * .pi / 5
      return "\(NumberText.coordinate(radius * sin(angle))) \(NumberText.coordinate(-radius * cos(angle)))"
    }
    return "M" + corners.joined(separator: "L") + "z"
  }()
}
