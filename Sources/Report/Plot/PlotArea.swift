import Foundation

extension PlotDrawing {
  /// The places that the intervals of the points of a line leave open: around each point an ellipse with the interval of
  /// either axis as its axes, and what lies between neighbours.
  func area(of series: PlotSeries) -> String {
    let ellipses = series.points.map(ellipse)
    var data = ""
    for (index, ellipse) in ellipses.enumerated() {
      guard let ellipse, ellipse.rx > 0 || ellipse.ry > 0 else { continue }
      let next = index + 1 < ellipses.count ? ellipses[index + 1] : nil
      data += hull(of: [ellipse] + (next.map { [$0] } ?? []))
    }
    return data.isEmpty
      ? "" : "<path class=\"area\" d=\"\(data)\" fill=\"currentColor\" fill-opacity=\"0.12\"/>"
  }

  private struct Ellipse {
    let x: Double
    let y: Double
    let rx: Double
    let ry: Double

    /// How far it reaches in a direction, and where it does.
    func support(_ dx: Double, _ dy: Double) -> (reach: Double, x: Double, y: Double) {
      let length = max(1e-12, (rx * dx * rx * dx + ry * dy * ry * dy).squareRoot())
      return (x * dx + y * dy + length, x + rx * rx * dx / length, y + ry * ry * dy / length)
    }
  }

  private func ellipse(around point: PlotPoint) -> Ellipse? {
    guard let (x, y) = layout.place(point.x, point.y) else { return nil }
    func half(_ interval: ClosedRange<Double>?, _ scale: PlotScale) -> Double {
      guard let interval, let from = scale.clampedPosition(interval.lowerBound),
        let to = scale.clampedPosition(interval.upperBound)
      else { return 0 }
      return abs(to - from) / 2
    }
    return Ellipse(
      x: x, y: y, rx: half(point.xInterval, layout.xScale), ry: half(point.yInterval, layout.yScale))
  }

  /// What a band stretched around ellipses holds. All go round the same way, so that none cuts a hole where a line turns
  /// back over itself.
  private func hull(of ellipses: [Ellipse]) -> String {
    let corners = (0..<28).compactMap { step -> (Double, Double)? in
      let angle = Double(step) / 28 * 2 * .pi
      let (dx, dy) = (cos(angle), sin(angle))
      return ellipses.map { $0.support(dx, dy) }.max { $0.reach < $1.reach }.map { ($0.x, $0.y) }
    }
    return path(corners.map { (($0.0 * 10).rounded() / 10, ($0.1 * 10).rounded() / 10) }) + "z"
  }
}
