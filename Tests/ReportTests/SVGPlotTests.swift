import Foundation
import Report
import Testing

@Suite("Plots")
struct SVGPlotTests {
  @Test(
    "have round ticks within the axis",
    arguments: [
      ([0.0, 1.0], 5), ([67.69, 77.73], 10), ([42.5, 61.09], 8), ([1e-7, 3e-7], 4), ([-5, 5], 4), ([5], 4),
      ([], 4),
      ([1e14, -1e14], 6), ([.nan, .infinity, 3], 3), ([0.1, 0.1 + 1e-16], 5),
    ] as [([Double], Int)])
  func ticks(values: [Double], count: Int) throws {
    let scale = PlotScale(values: values, start: 0, end: 500, tickCount: count)
    #expect((2...count * 3).contains(scale.ticks.count))
    for tick in scale.ticks {
      let place = try #require(scale.position(tick))
      #expect(place >= -1e-6 && place <= 500 + 1e-6)
    }
    for value in values where value.isFinite {
      let place = try #require(scale.position(value))
      #expect(place > 0 && place < 500)
    }
  }

  @Test("have powers of ten on logarithmic axes, where nothing else has a place")
  func logarithmic() throws {
    let scale = PlotScale(values: [10, 100_000, 0, -3], kind: .logarithmic, start: 0, end: 100, tickCount: 5)
    #expect(scale.ticks == [10, 100, 1000, 10_000, 100_000])
    #expect(scale.position(0) == nil && scale.position(-1) == nil)
    let (low, high) = (try #require(scale.position(10)), try #require(scale.position(1000)))
    #expect(abs((low + high) / 2 - (try #require(scale.position(100)))) < 1e-9)
  }

  @Test("keep labels apart, in order and inside the column")
  func labels() throws {
    let wanted = [50.0, 51, 52, 400, 399, 10, 10, 500]
    let places = try #require(LabelColumn.positions(for: wanted, spacing: 16, in: 20...450))
    let sorted = places.sorted()
    for (above, below) in zip(sorted, sorted.dropFirst()) { #expect(below - above >= 16 - 1e-9) }
    #expect(sorted[0] >= 20 && sorted[7] <= 450)
    #expect(places[0] < places[2] && places[4] < places[3] && places[7] == 450)
    #expect(LabelColumn.positions(for: wanted, spacing: 100, in: 0...300) == nil)
    #expect(LabelColumn.positions(for: [], spacing: 100, in: 0...300) == [])
  }

  @Test("leave a gap where a value is missing")
  func gap() {
    let points = [1, 2, .nan, 4, 5].map { PlotPoint(x: $0.isNaN ? 3 : $0, y: $0) }
    let plot = SVGPlot(
      title: "t", width: 300, height: 200, x: PlotAxis(title: "x"), y: PlotAxis(title: "y"),
      series: [PlotSeries(name: "s", style: PlotStyle(0), points: points)])
    let line = plot.svg().split(separator: "\n").first { $0.contains("class=\"line\"") } ?? ""
    let data = line.split(separator: "d=\"")[1].prefix { $0 != "\"" }
    #expect(data.count { $0 == "M" } == 2)
  }

  @Test("can be drawn at any size", arguments: [0, -5, .nan, .infinity, 1e-300, 1e300])
  func sizes(length: Double) {
    let plot = SVGPlot(
      title: "t", width: length, height: length, x: PlotAxis(title: "x"), y: PlotAxis(title: "y"),
      series: [PlotSeries(name: "s", style: PlotStyle(-7), points: [PlotPoint(x: 1, y: 2, label: "here")])],
      naming: .margin(width: length), fontSize: length)
    #expect(plot.svg().hasSuffix("</svg>\n"))
  }

  @Test("summarise long series without changing their range")
  func summary() {
    let points = (0..<100_003).map { MetricPoint(step: $0, value: Double($0 % 17)) }
    let parts = TrainingFigure.summary(of: points, parts: 80)
    #expect(parts.count <= 80)
    #expect(parts.map(\.lower).min() == 0 && parts.map(\.upper).max() == 16)
    #expect(TrainingFigure.summary(of: [], parts: 80).isEmpty)
  }
}

@Suite("The palette")
struct PaletteTests {
  @Test(
    "gives each of 63 methods a look of its own without colour, and neighbours neither dashes nor mark in common"
  )
  func looks() {
    let styles = (0..<PlotStyle.patternCount).map { PlotStyle($0) }
    let looks = styles.map { style in
      "\(style.dash ?? "")|\(PlotMarkers.shape(.symbol, style: style, theme: .standalone))"
    }
    #expect(looks.count == 63 && Set(looks).count == 63)
    for (one, next) in zip(styles, styles.dropFirst()) {
      #expect(one.dash != next.dash && one.symbol != next.symbol)
    }
  }

  @Test(
    "stands out from its ground", arguments: [(PlotPalette.light, "#ffffff"), (PlotPalette.dark, "#15171b")])
  func contrast(colours: [String], ground: String) {
    for colour in colours {
      let (one, other) = (luminance(linear(colour)), luminance(linear(ground)))
      #expect((max(one, other) + 0.05) / (min(one, other) + 0.05) >= 3, "\(colour)")
    }
  }

  @Test("is told apart under every common colour vision", arguments: [PlotPalette.light, PlotPalette.dark])
  func colourVision(colours: [String]) {
    for (vision, matrix) in visions {
      let seen = colours.map { perceptual(apply(matrix, linear($0))) }
      for first in seen.indices {
        for second in seen.indices where second > first {
          let distance = zip(seen[first], seen[second]).map { ($0 - $1) * ($0 - $1) }.reduce(0, +)
            .squareRoot()
          #expect(distance > 0.055, "\(colours[first]) and \(colours[second]) for \(vision)")
        }
      }
    }
  }

  /// What complete colour vision deficiencies leave of linear RGB (Machado, Oliveira and Fernandes, 2009).
  private let visions: [(String, [[Double]])] = [
    ("normal vision", [[1, 0, 0], [0, 1, 0], [0, 0, 1]]),
    (
      "protanopia",
      [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    (
      "deuteranopia",
      [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    (
      "tritanopia",
      [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
  ]

  private func linear(_ hex: String) -> [Double] {
    let value = Int(hex.dropFirst(), radix: 16) ?? 0
    return [16, 8, 0].map { shift in
      let channel = Double(value >> shift & 0xFF) / 255
      return channel <= 0.04045 ? channel / 12.92 : pow((channel + 0.055) / 1.055, 2.4)
    }
  }

  private func luminance(_ rgb: [Double]) -> Double { 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2] }

  private func apply(_ matrix: [[Double]], _ vector: [Double]) -> [Double] {
    matrix.map { row in zip(row, vector).map(*).reduce(0, +) }
  }

  /// Oklab coordinates, in which equal distances look about equally different.
  private func perceptual(_ rgb: [Double]) -> [Double] {
    let cones = apply(
      [
        [0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
      ], rgb.map { min(max($0, 0), 1) })
    return apply(
      [
        [0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
      ], cones.map { cbrt($0) })
  }
}
