/// How alike methods predict, as a square of values, beside how alike seeds of one method do.
enum AgreementFigure {
  static func figures(of document: ReportDocument) -> [ReportFigure] {
    let matrices = (document.agreement ?? []).filter { $0.methods.count > 1 }
    return matrices.enumerated().map { index, matrix in
      ReportFigure(
        name: matrices.count == 1 ? "agreement" : "agreement-\(index + 1)",
        heading: "How alike methods predict on \(matrix.dataset)",
        caption: "The \(matrix.statistic) of every pair of methods; the stronger the shade, the more alike."
          + (matrix.seeds.isEmpty
            ? ""
            : " Beside it, the same between seeds of one method (disc: mean; whiskers: least and greatest pair) and between "
              + "the method and the others (bar: least to greatest)." + seedWords(matrix)),
        drawing: { form in drawing(matrix, document, form) })
    }
  }

  /// What two methods' agreement says beside that of seeds: nothing where there is a single pair of these, which has no spread.
  private static func seedWords(_ matrix: AgreementMatrix) -> String {
    let single = matrix.seeds.filter { $0.pairs < 2 }.map(\.method)
    guard single.count < matrix.seeds.count else {
      return " Two seeds are one pair, which does not tell how far apart another would lie."
    }
    return " Methods differ by more than chance of training only where the bar lies left of the whiskers"
      + (single.isEmpty
        ? "."
        : "; of \(single.joined(separator: ", ")), with one pair of seeds, there are none, and nothing is told.")
  }

  private static func drawing(
    _ matrix: AgreementMatrix, _ document: ReportDocument, _ form: FigureForm
  ) -> SVGFigure {
    let others = matrix.methods.indices.map { row in
      matrix.methods.indices.filter { $0 != row }.compactMap { matrix.value(row, $0) }
    }
    let values = others.flatMap { $0 }
    let (low, high) = (values.min() ?? 0, values.max() ?? 1)
    // The diagonal, of which nothing is learnt, takes no part in the shades, and a range of nothing has one shade.
    let range =
      (low * 100).rounded(.down)
      / 100...max((low * 100).rounded(.down) / 100, (high * 100).rounded(.up) / 100)
    let columns = form.isWide && !matrix.seeds.isEmpty ? 2 : 1
    let width = form.panelWidth(columns)
    var panels = [
      SVGFigure.Panel(
        HeatMap(
          width: columns == 1 && form.isWide ? width * 0.6 : width, fontSize: form.fontSize,
          names: matrix.methods,
          value: { row, column in row == column ? nil : matrix.value(row, column) }, range: range),
        heading: "\(matrix.statistic), between methods")
    ]
    if !matrix.seeds.isEmpty {
      let rows = matrix.methods.enumerated().map { index, name in
        let style = document.style(of: name)
        let seeds = matrix.seeds.first { $0.method == name }
        var row = DotPlot.Row(
          name: name,
          marks: seeds.map {
            [
              DotPlot.Mark(
                x: $0.mean, interval: $0.pairs > 1 && $0.least <= $0.greatest ? $0.least...$0.greatest : nil,
                marker: .shape(.disc), style: style)
            ]
          } ?? [], remark: seeds.map { "\($0.pairs) \($0.pairs == 1 ? "pair" : "pairs")" } ?? "one seed",
          style: style)
        if let least = others[index].min(), let most = others[index].max() { row.span = least...most }
        return row
      }
      panels.append(
        SVGFigure.Panel(
          DotPlot(
            width: width, fontSize: form.fontSize,
            axis: PlotAxis(title: "\(matrix.statistic) →", tickCount: 4), groups: [.init(rows: rows)]),
          heading: "between seeds, and with other methods"))
    }
    return SVGFigure(
      title: "\(matrix.statistic) between methods on \(matrix.dataset)", form: form, panels: panels,
      columns: columns,
      legend: matrix.seeds.isEmpty
        ? nil
        : PlotLegend(
          [],
          signs: [
            .init(.marker(.shape(.disc), nil), "between seeds of the method"),
            .init(.area, "with other methods, least to greatest"),
          ]))
  }
}
