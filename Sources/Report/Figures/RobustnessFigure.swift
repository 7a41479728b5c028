/// The plots of a report's scores: target accuracy against accuracy under shift, a curve for each method.
public struct RobustnessFigure: Sendable {
  /// What the vertical axis shows.
  public enum Subject: Sendable, Equatable {
    /// The mean over all shifts of the document.
    case averageShift
    /// One shift by its name.
    case shift(String)
  }

  private let document: ReportDocument
  private let shiftNames: [String]

  /// The figures of `document`.
  public init(_ document: ReportDocument) {
    self.document = document
    shiftNames = document.shiftNames
  }

  /// The plot of `subject` against the target, in percent on both axes; squares are zero-shot, stars
  /// fine-tuned, circles in between, and rings mark selected alphas.
  public func plot(
    of subject: Subject = .averageShift, width: Double = 880, height: Double = 540,
    naming: SVGPlot.Naming = .margin(width: 190), fontSize: Double = 12
  ) -> SVGPlot {
    let start = document.startingPoint
    var series = document.methods.enumerated().map { index, method in
      PlotSeries(
        name: method.name, style: index,
        points: method.orderedCurve.compactMap {
          point(of: $0, method: method, start: start, subject: subject)
        })
    }
    var references: [PlotReference] = []
    if let start, let place = values(of: start, subject) {
      series.append(
        PlotSeries(
          name: "Zero-shot", style: nil,
          points: [
            PlotPoint(
              x: place.x * 100, y: place.y * 100, marker: .square, xInterval: percents(start.target),
              yInterval: percents(score(of: start, subject)), tooltip: tooltip(start, heading: "Zero-shot"),
              label: "zero-shot")
          ], isLabelled: false))
      references = [.vertical(x: place.x * 100), .horizontal(y: place.y * 100)]
    }
    let tickRoom = width - (naming == .none ? 0 : 190)
    return SVGPlot(
      title: "\(title(of: subject)) against \(targetTitle), by method and interpolation weight",
      width: width, height: height,
      x: PlotAxis(title: targetTitle + " →", tickCount: max(3, Int(tickRoom / 80)), limits: 0...100),
      y: PlotAxis(title: "↑ " + title(of: subject), tickCount: max(3, Int(height / 70)), limits: 0...100),
      series: series, references: references, naming: naming, fontSize: fontSize)
  }

  private var targetTitle: String {
    document.targetName.map { "Accuracy on \($0), the target (%)" } ?? "Target accuracy (%)"
  }

  private func title(of subject: Subject) -> String {
    switch subject {
    case .averageShift:
      shiftNames.count == 1
        ? "Accuracy under shift (%)" : "Average accuracy over \(shiftNames.count) shifts (%)"
    case .shift(let name): "Accuracy on \(name) (%)"
    }
  }

  private func point(
    of curvePoint: CurvePoint, method: MethodResult, start: CurvePoint?, subject: Subject
  ) -> PlotPoint? {
    guard let place = values(of: curvePoint, subject) else { return nil }
    let isStart = abs(curvePoint.alpha) < 1e-6
    let isEnd = abs(curvePoint.alpha - 1) < 1e-6
    let isSelected = method.selected?.alphas.contains { abs($0 - curvePoint.alpha) < 1e-6 } ?? false
    // The square of zero-shot, which all methods share, is drawn once on top of all of them.
    let isShared = isStart && start.flatMap { values(of: $0, subject) }.map { isSame($0, place) } ?? false
    let marker: PlotMarker = isShared ? .none : isStart ? .square : isEnd ? .star : .circle
    let remark = isEnd ? " (fine-tuned)" : isSelected ? " (selected)" : ""
    let heading = "\(method.name), α = \(NumberText.alpha(curvePoint.alpha))\(remark)"
    return PlotPoint(
      x: place.x * 100, y: place.y * 100, marker: marker, isRinged: isSelected,
      xInterval: isEnd ? percents(curvePoint.target) : nil,
      yInterval: isEnd ? percents(score(of: curvePoint, subject)) : nil,
      tooltip: isShared && !isSelected ? [] : tooltip(curvePoint, heading: heading))
  }

  private func score(of point: CurvePoint, _ subject: Subject) -> Score? {
    switch subject {
    case .averageShift: point.averageShift(over: shiftNames)
    case .shift(let name): point.shifts[name]
    }
  }

  private func values(of point: CurvePoint, _ subject: Subject) -> (x: Double, y: Double)? {
    guard let x = point.target.measuredTop1, let y = score(of: point, subject)?.measuredTop1 else {
      return nil
    }
    return (x, y)
  }

  /// Whether two places are the same but for rounding, as when scores come from different evaluations.
  private func isSame(_ one: (x: Double, y: Double), _ other: (x: Double, y: Double)) -> Bool {
    abs(one.x - other.x) < 5e-4 && abs(one.y - other.y) < 5e-4
  }

  private func percents(_ score: Score?) -> ClosedRange<Double>? {
    guard let interval = score?.measuredInterval, interval.lower <= interval.upper else { return nil }
    return interval.lower * 100...interval.upper * 100
  }

  private func tooltip(_ point: CurvePoint, heading: String) -> [String] {
    var lines = [heading, line(document.targetName ?? "Target", point.target)]
    if shiftNames.count > 1 { lines.append(line("Average shift", point.averageShift(over: shiftNames))) }
    return lines + shiftNames.map { line($0, point.shifts[$0]) }
  }

  private func line(_ name: String, _ score: Score?) -> String {
    let interval = NumberText.interval(score?.measuredInterval).map { " (\($0))" } ?? ""
    return "\(name): \(NumberText.percent(score?.measuredTop1))\(interval)"
  }
}
