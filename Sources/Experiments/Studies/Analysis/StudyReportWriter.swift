import Checkpoint
import Foundation
import Report

/// Writes the page of a study, with its answers, figures and tables as files.
public struct StudyReportWriter {
  private let folder: URL
  private let converter: FigureConverter?

  public init(_ folder: URL) { self.init(folder, converter: FigureConverter()) }

  /// `converter` makes PDF and PNG of drawings; nil where the machine has nothing that does.
  package init(_ folder: URL, converter: FigureConverter?) {
    (self.folder, self.converter) = (folder, converter)
  }

  public static let page = "report.html"
  static let answers = "study.json"

  /// Writes all files: what a user must know of them, a sentence each. Throws, before anything is written, where a file of one of the
  /// names is there that is not of a study.
  public func write(_ document: StudyDocument) throws -> [String] {
    let answers = document.answers
    let figures = FigureFiles(figures: document.figures, converter: converter)
    var texts = figures.drawings
    for table in [answers.claimTable, answers.guideTable, answers.unitTable] {
      let path = "tables/\(table.name)"
      texts += [
        ("\(path).csv", try table.csv()), ("\(path).md", table.markdown()), ("\(path).tex", table.latex()),
      ]
    }
    texts += [
      (Self.answers, String(decoding: try JSONFormat.encode(answers), as: UTF8.self) + "\n"),
      (Self.page, StudyPage.render(document)),
    ]
    let files = ListedFiles(folder: folder, list: "study-report-files.json")
    let paths = texts.map(\.path) + figures.conversionPaths
    try files.begin(paths)
    for (path, text) in texts { try AtomicFile.write(text, to: files.url(path)) }
    let failures = try figures.convert(in: folder)
    if !failures.isEmpty { try files.note(paths.filter { failures[$0] == nil }) }
    return figures.notes(failures)
  }
}
