/// Figures of the page, each twice, for wide and for narrow screens; the page shows one of them.
struct FigureSections {
  let figures: [ReportFigure]
  /// The number of the first.
  let first: Int

  func html() -> String {
    figures.enumerated().map { index, figure in
      """
      <section>
      <h2>\(escapedMarkup(figure.heading))</h2>
      <figure\(figure.isLinked ? " data-linked" : "")>
      <div class="wide">\(figure.drawn(.page).svg(theme: .page))</div>
      <div class="narrow">\(figure.drawn(.narrow).svg(theme: .page))</div>
      <figcaption><b>Figure \(first + index).</b> \(escapedMarkup(figure.caption))</figcaption>
      </figure>
      </section>
      """
    }.joined(separator: "\n")
  }
}
