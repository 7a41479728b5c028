/// What methods gain over linear probing, task by task: the range of parameter-efficient methods, and full fine-tuning.
enum TaskFigure {
  static func figures(of document: ReportDocument) -> [ReportFigure] {
    guard let comparison = document.tasks else { return [] }
    let tasks = comparison.tasks.filter { $0.linear.ifPlottable != nil }
    guard !tasks.isEmpty else { return [] }
    let names = tasks.map(\.group).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    let groups = names.map { name in
      DotPlot.Group(heading: name, rows: tasks.filter { $0.group == name }.map(row))
    }
    return [
      ReportFigure(
        name: "relative-accuracy", heading: "Accuracy relative to linear probing",
        caption:
          "Each row is a task: accuracy minus that of linear probing, in points. The bar reaches from the lowest to "
          + "the highest parameter-efficient method; the star is full fine-tuning."
          + (comparison.remark.isEmpty ? "" : " " + comparison.remark),
        drawing: { form in
          SVGFigure(
            title: "Accuracy relative to linear probing by task", form: form,
            panels: [
              .init(
                DotPlot(
                  width: form.width, fontSize: form.fontSize,
                  axis: PlotAxis(
                    title: "accuracy minus linear probing (points) →", tickCount: form.isWide ? 8 : 4),
                  groups: groups, reference: 0))
            ],
            legend: PlotLegend(
              [],
              signs: [
                .init(.area, "parameter-efficient methods, lowest to highest"),
                .init(.marker(.star, nil), "full"),
              ]))
        })
    ]
  }

  private static func row(_ task: TaskComparison.Task) -> DotPlot.Row {
    func gain(_ accuracy: Double) -> Double { (accuracy - task.linear) * 100 }
    let gains = task.efficient.compactMap { $0.accuracy.ifPlottable }.map(gain)
    var row = DotPlot.Row(
      name: task.name,
      marks: task.full?.ifPlottable.map { [DotPlot.Mark(x: gain($0), marker: .star)] } ?? [])
    if let least = gains.min(), let most = gains.max() { row.span = least...most }
    return row
  }
}
