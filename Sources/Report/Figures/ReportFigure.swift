/// A figure of a report: what it is called, how to read it, and how it is drawn at any width.
public struct ReportFigure: Sendable {
  /// The name of its files, without a suffix.
  public let name: String
  /// The heading of its section of the page.
  public let heading: String
  /// How to read it, in sentences.
  public let caption: String
  /// Whether methods are singled out together with those of other figures.
  let isLinked: Bool
  private let drawing: @Sendable (FigureForm) -> SVGFigure

  init(
    name: String, heading: String, caption: String, isLinked: Bool = false,
    drawing: @escaping @Sendable (FigureForm) -> SVGFigure
  ) {
    self.name = name
    self.heading = heading
    self.caption = caption
    self.isLinked = isLinked
    self.drawing = drawing
  }

  /// The figure for a width.
  public func drawn(_ form: FigureForm) -> SVGFigure { drawing(form) }
}

extension ReportDocument {
  /// The figures of accuracy, above the tables.
  var mainFigures: [ReportFigure] {
    RobustnessFigure(self).figures + EffectiveRobustnessFigure.figures(of: self)
      + RetentionFigure.figures(of: self)
  }

  /// The figures of everything else, below the tables.
  var furtherFigures: [ReportFigure] {
    SizeFigure.figures(of: self) + TaskFigure.figures(of: self) + ReliabilityFigure.figures(of: self)
      + AgreementFigure.figures(of: self) + OverlapFigure.figures(of: self)
      + ClassChangeFigure.figures(of: self)
      + TrainingFigure(self).figures
  }

  /// Every figure the document has the data for, in the order of the page.
  public var figures: [ReportFigure] { mainFigures + furtherFigures }

  /// The legend entries of methods, as they look everywhere.
  func legendEntries(of names: [String]? = nil) -> [PlotLegend.Entry] {
    let styles = styles
    return methods.indices.filter { names?.contains(methods[$0].name) ?? true }.map { index in
      PlotLegend.Entry(.series(styles[index]), methods[index].name, link: index)
    }
  }

  /// The place of a method in the document, by which figures are linked.
  func link(of name: String) -> Int? { methods.firstIndex { $0.name == name } }
}

extension Score {
  /// The interval in percent, for axes.
  var percentInterval: ClosedRange<Double>? {
    guard let interval = measuredInterval, interval.lower <= interval.upper else { return nil }
    return interval.lower * 100...interval.upper * 100
  }
}
