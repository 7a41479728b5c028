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

  /// The target against the average over the shifts, and against each shift where there are several.
  var figures: [ReportFigure] {
    guard !document.methods.isEmpty || document.startingPoint != nil, !shiftNames.isEmpty else { return [] }
    let hasOne = document.methods.count == 1
    let published = document.published.map {
      " Thin grey lines, marked “published”, are of \($0.source). \($0.conditions)"
    }
    let main = ReportFigure(
      name: "target-against-shift", heading: "Target against shift",
      caption:
        "\(hasOne ? "The" : "Each") curve leads from the zero-shot model through interpolated weights to the "
        + "fine-tuned model; numbers along it are α, and a ring marks the α selected without test data\(ringWords). Up and to the "
        + "right is better; dotted lines pass through zero-shot. \(intervalWords)\(published ?? "")",
      isLinked: true, drawing: mainDrawing)
    guard shiftNames.count > 1 else { return [main] }
    return [
      main,
      ReportFigure(
        name: "each-shift", heading: "Each shift",
        caption:
          "As the figure before, for one shift at a time: accuracy on the target (across) and on the shift (up). "
          + (hasCommonHeight
            ? "All panels have the same axes."
            : "All panels have the same horizontal axis; the shifts are not equally hard.")
          + (published ?? ""),
        isLinked: true, drawing: panels),
    ]
  }

  private var ringWords: String {
    let several = document.methods.contains { Set($0.selected?.alphas ?? []).count > 1 }
    return several ? ", several rings what the seeds of one method selected" : ""
  }

  private var intervalWords: String {
    let many = document.methods.contains { $0.seeds.count > 1 }
    let single = document.methods.contains { $0.seeds.count <= 1 } || document.startingPoint != nil
    return [
      many ? "Pale areas are the 95% intervals of means over seeds, of both axes." : "",
      single ? "Whiskers are 95% intervals." : "",
    ].filter { !$0.isEmpty }.joined(separator: " ")
  }

  private func mainDrawing(_ form: FigureForm) -> SVGFigure {
    // Names at the ends of lines, where there is room for all of them.
    let isNamed = form.isWide && document.methods.count <= 24
    let drawn = plot(
      width: form.width, height: form.isWide ? form.width * 0.61 : form.width * 1.08,
      naming: isNamed ? .margin(width: form.fontSize * 15.5) : .none, fontSize: form.fontSize)
    return SVGFigure(
      title: drawn.title, form: form, panels: [.init(drawn)],
      legend: PlotLegend(isNamed ? [] : document.legendEntries(), signs: signs))
  }

  private func panels(_ form: FigureForm) -> SVGFigure {
    // Two and four panels stand in pairs, so that no row is left with a single one.
    let columns = form.columns(shiftNames.count)
    let width = form.panelWidth(columns)
    let drawn = shiftNames.map { name in
      SVGFigure.Panel(
        plot(
          of: .shift(name), width: width, height: width * (width > 300 ? 0.76 : 0.95),
          naming: .none, fontSize: form.fontSize, hasShortTitles: true), heading: name)
    }
    return SVGFigure(
      title: "Accuracy on each shift against accuracy on the target", form: form, panels: drawn,
      columns: columns,
      legend: PlotLegend(document.legendEntries(), signs: signs),
      note: hasCommonHeight ? "" : "Vertical axes differ from panel to panel.")
  }

  /// What the marks mean that all curves share.
  var signs: [PlotLegend.Entry] {
    let hasChoice = document.methods.contains { $0.selected != nil }
    let isAveraged = document.methods.contains { $0.seeds.count > 1 }
    return [
      PlotLegend.Entry(.marker(.square, nil), "zero-shot"), .init(.marker(.star, nil), "fine-tuned (α = 1)"),
    ]
      + (hasChoice ? [.init(.ring, "selected α")] : [])
      + (isAveraged ? [.init(.area, "95% interval over seeds")] : [])
      + (document.published == nil ? [] : [.init(.background, "published")])
  }

  /// The plot of `subject` against the target, in percent on both axes; squares are zero-shot, stars
  /// fine-tuned, marks in between, and rings mark selected alphas.
  public func plot(
    of subject: Subject = .averageShift, width: Double = 880, height: Double = 540,
    naming: SVGPlot.Naming = .margin(width: 190), fontSize: Double = 12, hasShortTitles: Bool = false
  ) -> SVGPlot {
    let start = document.startingPoint
    let styles = document.styles
    var series = backgrounds(subject)
    series += document.methods.enumerated().map { index, method in
      PlotSeries(
        name: method.name, style: styles[index],
        points: method.orderedCurve.compactMap {
          point(of: $0, method: method, start: start, subject: subject)
        }, intervals: method.seeds.count > 1 ? .area : .whiskers, link: index)
    }
    var references: [PlotReference] = []
    if let start, let place = values(of: start, subject) {
      series.append(
        PlotSeries(
          name: "Zero-shot", style: nil,
          points: [
            PlotPoint(
              x: place.x * 100, y: place.y * 100, marker: .square, xInterval: start.target.percentInterval,
              yInterval: score(of: start, subject)?.percentInterval,
              tooltip: tooltip(start, heading: "Zero-shot"), label: hasShortTitles ? nil : "zero-shot")
          ], isLabelled: false))
      references = [.vertical(x: place.x * 100), .horizontal(y: place.y * 100)]
    }
    let tickRoom = width - (naming == .none ? 0 : 190)
    let full = title(of: subject)
    return SVGPlot(
      title: "\(full) against \(targetTitle), by method and interpolation weight",
      width: width, height: height,
      x: PlotAxis(
        title: (hasShortTitles ? "\(document.targetName ?? "target") (%)" : targetTitle) + " →",
        tickCount: max(3, Int(tickRoom / 80)), mustShow: extremes.x, limits: 0...100),
      y: PlotAxis(
        title: "↑ " + (hasShortTitles ? shortTitle(of: subject) : full), tickCount: max(3, Int(height / 70)),
        mustShow: subject != .averageShift && hasCommonHeight ? extremes.y : [], limits: 0...100),
      series: series, references: references, naming: naming, fontSize: fontSize)
  }

  /// Published curves, thin and behind everything.
  private func backgrounds(_ subject: Subject) -> [PlotSeries] {
    (document.published?.curves ?? []).compactMap { curve in
      let names: [String]
      switch subject {
      case .averageShift: names = curve.shifts.keys.sorted()
      case .shift(let name): names = [name]
      }
      let points = curve.alphas.indices.compactMap { index -> PlotPoint? in
        let values = names.compactMap { name in
          curve.shifts[name].flatMap { $0.indices.contains(index) ? $0[index].ifPlottable : nil }
        }
        guard curve.target.indices.contains(index), !values.isEmpty, values.count == names.count else {
          return nil
        }
        let (target, shift) = (curve.target[index], values.reduce(0, +) / Double(values.count))
        // Where there is no room for its name, the tooltip tells it.
        return PlotPoint(
          x: target * 100, y: shift * 100,
          tooltip: [
            "\(curve.method) (published), α = \(NumberText.alpha(curve.alphas[index]))",
            "target \(NumberText.percent(target)), shift \(NumberText.percent(shift))",
          ],
          remark: index == curve.alphas.count - 1 ? "\(curve.method) (published)" : nil)
      }
      guard !points.isEmpty else { return nil }
      return PlotSeries(
        name: "\(curve.method) (published)", style: nil, points: points, isLabelled: false, isBackground: true
      )
    }
  }

  /// The values of all panels, in percent.
  private var extremes: (x: [Double], y: [Double]) {
    let points = document.methods.flatMap(\.curve) + (document.startingPoint.map { [$0] } ?? [])
    func ends(_ scores: [Score]) -> [Double] {
      let values = scores.flatMap { score in
        [
          score.measuredTop1.map { $0 * 100 }, score.percentInterval?.lowerBound,
          score.percentInterval?.upperBound,
        ]
      }.compactMap { $0?.ifPlottable }
      return [values.min(), values.max()].compactMap { $0 }
    }
    return (
      ends(points.map(\.target)), ends(points.flatMap { point in shiftNames.compactMap { point.shifts[$0] } })
    )
  }

  /// Whether one vertical axis serves all shifts without pressing the curves flat.
  private var hasCommonHeight: Bool {
    let points = document.methods.flatMap(\.curve)
    let spans = shiftNames.map { name in
      let values = points.compactMap { $0.shifts[name]?.measuredTop1 }
      return (values.max() ?? 0) - (values.min() ?? 0)
    }
    guard extremes.y.count == 2, let widest = spans.max() else { return true }
    return (extremes.y[1] - extremes.y[0]) / 100 <= widest * 1.8 + 0.02
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

  /// Words for a panel whose heading names the shift.
  private func shortTitle(of subject: Subject) -> String {
    if case .shift = subject { "accuracy (%)" } else { "average (%)" }
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
    let marker: PlotMarker = isShared ? .none : isStart ? .square : isEnd ? .star : .symbol
    let state = isEnd ? " (fine-tuned)" : isSelected ? " (selected)" : ""
    let alpha = NumberText.alpha(curvePoint.alpha)
    let hasIntervals = isEnd || method.seeds.count > 1
    return PlotPoint(
      x: place.x * 100, y: place.y * 100, marker: marker, isRinged: isSelected,
      xInterval: hasIntervals ? curvePoint.target.percentInterval : nil,
      yInterval: hasIntervals ? score(of: curvePoint, subject)?.percentInterval : nil,
      tooltip: isShared && !isSelected
        ? [] : tooltip(curvePoint, heading: "\(method.name), α = \(alpha)\(state)"),
      remark: isStart || isEnd || !isNamed(curvePoint.alpha, of: method) ? nil : alpha)
  }

  /// Whether an alpha is written beside its point: all of a few, else whole fifths.
  private func isNamed(_ alpha: Double, of method: MethodResult) -> Bool {
    method.curve.count <= 6 || abs(alpha * 5 - (alpha * 5).rounded()) < 1e-6
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
