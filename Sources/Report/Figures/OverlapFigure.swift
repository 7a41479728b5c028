/// Which images three models are most or least sure of, as circles with numbers.
enum OverlapFigure {
  static func figures(of document: ReportDocument) -> [ReportFigure] {
    let all = (document.overlaps ?? []).filter(\.isWhole)
    guard !all.isEmpty else { return [] }
    return [
      ReportFigure(
        name: "confident-predictions", heading: "What models are sure of",
        caption:
          "The predictions that each of three models is most or least confident of, counted by which models have the "
          + "image among theirs. Areas do not stand for numbers."
          + document.leftOut(besides: all.map(\.dataset)),
        drawing: { form in
          let columns = form.isWide ? min(3, max(2, all.count)) : 1
          let width = form.panelWidth(columns)
          return SVGFigure(
            title: "Overlap of confident predictions of three models", form: form,
            panels: all.map { overlap in
              .init(
                CircleDiagram(
                  width: width, fontSize: form.fontSize, names: overlap.models,
                  styles: overlap.models.map(document.style), single: overlap.single, pairs: overlap.pairs,
                  all: overlap.all),
                heading: heading(overlap))
            }, columns: columns)
        })
    ]
  }

  static func heading(_ overlap: ConfidentOverlap) -> String {
    let outcome = overlap.outcome == .all ? "" : ", \(overlap.outcome.rawValue)"
    return
      "\(overlap.dataset): \(NumberText.grouped(overlap.k)) \(overlap.confidence.rawValue) confident\(outcome)"
  }
}
