import Foundation

/// The shapes that mark points, drawn around the origin in `currentColor`.
package enum PlotMarkers {
  /// The shape of `marker` for a series of this `style`.
  package static func shape(_ marker: PlotMarker, style: Int?, theme: PlotTheme) -> String {
    switch marker {
    case .none: ""
    case .circle: circle(style: style, theme: theme)
    case .square:
      "<path d=\"M-4.5 -4.5h9v9h-9z\" fill=\"currentColor\" stroke-width=\"1\" \(theme.stroke(.surface))/>"
    case .star:
      "<path d=\"\(star)\" fill=\"currentColor\" stroke-width=\"1\" \(theme.stroke(.surface))/>"
    }
  }

  private static func circle(style: Int?, theme: PlotTheme) -> String {
    switch style.map(PlotPalette.circle) ?? .filled {
    case .filled: "<circle r=\"3.4\" fill=\"currentColor\" stroke-width=\"1\" \(theme.stroke(.surface))/>"
    case .hollow: "<circle r=\"3\" stroke=\"currentColor\" stroke-width=\"1.5\" \(theme.fill(.surface))/>"
    case .dotted:
      "<circle r=\"3.6\" stroke=\"currentColor\" stroke-width=\"1.25\" \(theme.fill(.surface))/>"
        + "<circle r=\"1.4\" fill=\"currentColor\"/>"
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
