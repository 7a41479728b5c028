/// What each method gains over linear probing, with the interval of the difference.
enum StudyGainFigure {
  static func figures(of gains: StudyGains, in document: ReportDocument) -> [ReportFigure] {
    guard !gains.rows.isEmpty else { return [] }
    let rows = gains.rows.sorted { ($1.gain, $0.method) < ($0.gain, $1.method) }.map { row in
      DotPlot.Row(
        name: row.method,
        marks: [
          DotPlot.Mark(
            x: row.gain * 100, interval: row.ci95.lower * 100...max(row.ci95.lower, row.ci95.upper) * 100,
            marker: .symbol, style: document.style(of: row.method))
        ],
        remark: NumberText.points(row.gain), style: document.style(of: row.method),
        link: document.link(of: row.method))
    }
    return [
      ReportFigure(
        name: "gain-over-linear", heading: "Accuracy relative to \(gains.reference)",
        caption:
          "Accuracy at α = 1 on the target minus that of \(gains.reference), in points; whiskers are 95% intervals of the "
          + "difference, of which each holds for itself.",
        isLinked: true,
        drawing: { form in
          SVGFigure(
            title: "Accuracy relative to \(gains.reference) by method", form: form,
            panels: [
              .init(
                DotPlot(
                  width: form.width, fontSize: form.fontSize,
                  axis: PlotAxis(
                    title: "accuracy minus \(gains.reference) (points) →", tickCount: form.isWide ? 8 : 4),
                  groups: [.init(rows: rows)], reference: 0))
            ])
        })
    ]
  }
}

extension ReportFigure {
  /// The same below a question of a study, of which it may have several parts.
  func renamed(_ question: String, part: String, number: Int?) -> ReportFigure {
    ReportFigure(
      name: "\(question)-\(name)" + (number.map { "-\($0)" } ?? ""),
      heading: part.isEmpty ? heading : "\(heading): \(part)", caption: caption, isLinked: isLinked,
      drawing: drawn)
  }
}
