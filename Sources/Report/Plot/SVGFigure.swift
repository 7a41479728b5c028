/// One or several panels with headings, and below them what is needed to read them, as one drawing.
public struct SVGFigure: Sendable {
  /// A part of a figure.
  package struct Panel: Sendable {
    var heading: String
    /// A few words in a line of their own below the heading.
    var remark: String
    var drawing: any SVGDrawing

    package init(_ drawing: any SVGDrawing, heading: String = "", remark: String = "") {
      self.heading = heading
      self.remark = remark
      self.drawing = drawing
    }
  }

  /// What the figure shows, in a few words; read aloud by screen readers.
  public var title: String
  public let width: Double
  let fontSize: Double
  let panels: [Panel]
  let columns: Int
  let legend: PlotLegend?
  /// A sentence below the panels, of what would be misread without it.
  let note: String

  /// A figure of `panels`, which must be as wide as `panelWidth` says, in rows of `columns`.
  package init(
    title: String, form: FigureForm, panels: [Panel], columns: Int = 1, legend: PlotLegend? = nil,
    note: String = ""
  ) {
    self.title = title
    self.width = form.width
    self.fontSize = form.fontSize
    self.panels = panels
    self.columns = max(1, columns)
    self.legend = legend
    self.note = note
  }

  /// The drawing, as one `svg` element; `.standalone` makes a file of it, which is `inches` wide where that is given.
  public func svg(theme: PlotTheme = .standalone, inches: Double? = nil) -> String {
    let pen = SVGPen(theme: theme, fontSize: fontSize)
    var parts: [String] = []
    var y = 0.0
    let room = width / Double(columns)
    for start in stride(from: 0, to: panels.count, by: columns) {
      let row = panels[start..<min(start + columns, panels.count)]
      let remark = row.contains { !$0.remark.isEmpty } ? fontSize * 1.35 : 0
      let heading = (row.contains { !$0.heading.isEmpty } ? fontSize * 1.9 : 0) + remark
      for (index, panel) in row.enumerated() {
        let x = Double(index) * room
        if !panel.heading.isEmpty {
          let name = TextMeasure.fitted(panel.heading, size: fontSize * 1.08, limit: panel.drawing.width)
          parts.append(
            pen.text(name, x: x, y: y + fontSize, paint: .ink, size: fontSize * 1.08, isBold: true))
        }
        if !panel.remark.isEmpty {
          let words = TextMeasure.fitted(panel.remark, size: fontSize, limit: panel.drawing.width)
          parts.append(pen.text(words, x: x, y: y + heading - fontSize * 0.75))
        }
        parts.append(
          """
          <g transform="translate(\(pen.number(x)) \(pen.number(y + heading)))">
          \(panel.drawing.content(theme: theme))
          </g>
          """)
      }
      y += heading + (row.map(\.drawing.height).max() ?? 0)
      if start + columns < panels.count { y += fontSize * 1.4 }
    }
    if let legend, !legend.isEmpty {
      let rows = legend.laidOut(in: width, fontSize: fontSize)
      y += fontSize * 0.8
      parts.append("<g transform=\"translate(0 \(pen.number(y)))\">\n\(rows.content(theme: theme))\n</g>")
      y += rows.height
    }
    for line in TextMeasure.lines(note, size: fontSize * 0.92, limit: width) {
      y += fontSize * 1.35
      parts.append(pen.text(line, x: 0, y: y, size: fontSize * 0.92, isItalic: true))
    }
    if !note.isEmpty { y += fontSize * 0.4 }
    return Self.frame(
      parts.joined(separator: "\n"), title: title, width: width, height: y, fontSize: fontSize, theme: theme,
      inches: inches)
  }

  /// `content` as an `svg` element of its own.
  static func frame(
    _ content: String, title: String, width: Double, height: Double, fontSize: Double, theme: PlotTheme,
    inches: Double? = nil
  ) -> String {
    func number(_ value: Double) -> String { NumberText.coordinate(value) }
    // A file of its own brings its margin; a page has one.
    let edge = theme == .standalone ? fontSize * 0.5 : 0
    let (whole, tall) = (width + 2 * edge, height + 2 * edge)
    let box = "viewBox=\"\(number(-edge)) \(number(-edge)) \(number(whole)) \(number(tall))\""
    let natural =
      inches.map { "width=\"\(number($0))in\" height=\"\(number($0 * tall / whole))in\"" }
      ?? "width=\"\(number(whole))\" height=\"\(number(tall))\""
    let label = "role=\"group\" aria-label=\"\(escapedMarkup(title))\""
    let font = "font-size=\"\(number(fontSize))\""
    let opening = "<svg xmlns=\"http://www.w3.org/2000/svg\""
    guard theme == .standalone else {
      return "\(opening) class=\"plot\" \(box) \(natural) \(label) \(font)>\n\(content)\n</svg>\n"
    }
    return """
      \(opening) \(box) \(natural) \(label) \(font) \
      font-family="Helvetica Neue, Helvetica, Arial, Liberation Sans, sans-serif">
      <title>\(escapedMarkup(title))</title>
      <rect x="\(number(-edge))" y="\(number(-edge))" width="\(number(whole))" height="\(number(tall))" \
      \(theme.fill(.surface))/>
      \(content)
      </svg>

      """
  }
}

/// How wide a figure is drawn, and how large its type is.
public struct FigureForm: Sendable, Equatable {
  public let width: Double
  public let fontSize: Double
  private let narrowColumns: Int

  private init(width: Double, fontSize: Double, narrowColumns: Int = 1) {
    (self.width, self.fontSize, self.narrowColumns) = (width, fontSize, narrowColumns)
  }

  /// For the page on a wide screen.
  public static let page = FigureForm(width: 880, fontSize: 12)
  /// For the page on a telephone, where panels stand below each other.
  public static let narrow = FigureForm(width: 348, fontSize: 11)
  /// For one column of a paper: type of 10.5 units is 7 points at 3.25 inches. Small panels stand in pairs.
  public static let single = FigureForm(width: 340, fontSize: 10.5, narrowColumns: 2)
  /// For both columns of a paper: type of 12 units is 7.7 points at 6.75 inches.
  public static let double = FigureForm(width: 748, fontSize: 12)

  /// Whether there is room for a column of names beside a plot, and for panels side by side.
  package var isWide: Bool { width > 500 }

  /// How many of a number of plots stand side by side. Two and four stand in pairs, so that no row is left with a single one.
  package func columns(_ count: Int) -> Int {
    min(max(1, count), isWide ? (count == 4 ? 2 : 3) : narrowColumns)
  }

  /// The width of a panel where `columns` of them stand side by side.
  package func panelWidth(_ columns: Int) -> Double {
    width / Double(max(1, columns)) - (columns > 1 ? fontSize * 1.6 : 0)
  }
}
