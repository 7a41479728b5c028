import Checkpoint
import Foundation
import Report

/// A folder that a report is written to: the page, its figures as files for a paper, its tables, and what lists them.
package struct ReportFolder {
  let url: URL
  /// What makes PDF and PNG of drawings; nil where the machine has nothing that does.
  let converter: FigureConverter?

  /// What was written.
  package struct Written {
    /// The report in whose place it came; nil where there was none.
    package var earlier: ReportDocument?
    /// What a user must know, a sentence each.
    package var notes: [String]
  }

  package init(url: URL, converter: FigureConverter?) {
    self.url = url
    self.converter = converter
  }

  /// Writes the report. Throws, before anything is written, if a file of one of its names is there that is no report's.
  package func write(_ document: ReportDocument, results: DelimitedTable) throws -> Written {
    let earlier = try ReportFiles.earlier(in: url)
    let old = try ReportFiles.listed(in: url)
    let figures = FigureFiles(figures: document.figures, converter: converter)
    let texts = try figures.drawings + Self.texts(of: document)
    let new = Set(texts.map(\.path) + figures.conversionPaths)
    for path in new.subtracting(old).sorted() where ReportFiles.exists(file(path)) {
      throw CheckpointError.cannotCreate(
        file: file(path).path, reason: "it exists already and is not of the report in this folder")
    }
    for folder in ["", ReportFiles.figures, ReportFiles.tables] {
      do {
        try FileManager.default.createDirectory(at: file(folder), withIntermediateDirectories: true)
      } catch {
        throw CheckpointError.cannotCreate(file: file(folder).path, reason: "the folder cannot be made")
      }
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    encoder.dateEncodingStrategy = .iso8601
    // First of all what says whose the files are, so that none is orphaned if this is cut off.
    try AtomicFile.write(encoder.encode(document), to: file(ReportFiles.document))
    try AtomicFile.write(ReportFiles.encode(old.union(new)), to: file(ReportFiles.list))
    for path in old.subtracting(new) where ReportFiles.exists(file(path)) {
      // A file and no folder, whatever has come to be of that name.
      guard unlink(file(path).path) == 0 else {
        throw CheckpointError.writeFailed(
          file: file(path).path, reason: "it is of the report before and cannot be removed")
      }
    }
    for (path, text) in texts { try AtomicFile.write(text, to: file(path)) }
    let failures = try figures.convert(in: url)
    try AtomicFile.write(
      ReportFiles.encode(new.subtracting(failures.keys)), to: file(ReportFiles.list))
    try AtomicFile.write(results.text(), to: file(ReportFiles.table))
    let drawing =
      document.figures.first.map { $0.drawn(.page).svg() } ?? RobustnessFigure(document).plot().svg()
    try AtomicFile.write(drawing, to: file(ReportFiles.figure))
    try AtomicFile.write(HTMLReport.render(document), to: file(ReportFiles.page))
    return Written(earlier: earlier, notes: figures.notes(failures))
  }

  private func file(_ path: String) -> URL { path.isEmpty ? url : url.appendingPathComponent(path) }

  // MARK: Files

  private static func texts(of document: ReportDocument) throws -> [(path: String, text: String)] {
    var texts: [(String, String)] = []
    for table in document.tables {
      let path = "\(ReportFiles.tables)/\(table.name)"
      texts += [
        ("\(path).csv", try table.csv()), ("\(path).tex", table.latex()), ("\(path).md", table.markdown()),
      ]
    }
    if let paragraph = MethodsParagraph(document) {
      texts += [
        (ReportFiles.paragraph, paragraph.text + "\n"), (ReportFiles.paragraphLaTeX, paragraph.latex),
      ]
    }
    return texts
  }
}
