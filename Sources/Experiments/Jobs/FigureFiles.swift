import Checkpoint
import Foundation
import Report

/// Figures as files for a paper: each for one column and for two, as SVG and, where the machine has what makes them, as PDF and PNG.
///
/// Paths are relative to the folder of a report.
struct FigureFiles {
  let figures: [ReportFigure]
  /// What makes PDF and PNG of drawings; nil where the machine has nothing that does.
  let converter: FigureConverter?

  /// A figure in one width: a column of a paper, or two.
  private static let widths: [(name: String, form: FigureForm, inches: Double)] = [
    ("single", .single, 3.25), ("double", .double, 6.75),
  ]

  private func stems<Made>(_ make: (_ stem: String, ReportFigure, FigureForm, Double) -> [Made]) -> [Made] {
    figures.flatMap { figure in
      Self.widths.flatMap { width in
        make("\(ReportFiles.figures)/\(figure.name)-\(width.name)", figure, width.form, width.inches)
      }
    }
  }

  /// The drawings as text.
  var drawings: [(path: String, text: String)] {
    stems { stem, figure, form, inches in [("\(stem).svg", figure.drawn(form).svg(inches: inches))] }
  }

  private typealias Conversion = (path: String, drawing: String, format: FigureConverter.Format)

  private var conversions: [Conversion] {
    guard converter != nil else { return [] }
    return stems { stem, _, _, _ in
      FigureConverter.Format.allCases.map { ("\(stem).\($0.rawValue)", "\(stem).svg", $0) }
    }
  }

  /// What is made of the drawings.
  var conversionPaths: [String] { conversions.map(\.path) }

  /// Makes PDF and PNG of the drawings, which are in the folder: why files could not be made, by path. What an earlier report has of
  /// such a name is removed.
  func convert(in folder: URL) throws -> [String: String] {
    guard let converter else { return [:] }
    var failures: [String: String] = [:]
    for (path, drawing, format) in conversions {
      let output = folder.appendingPathComponent(path)
      guard let reason = try converter.convert(folder.appendingPathComponent(drawing), to: output, format)
      else { continue }
      failures[path] = reason
      if ReportFiles.exists(output) { try FileManager.default.removeItem(at: output) }
    }
    return failures
  }

  /// What a user must know of that, a sentence each.
  func notes(_ failures: [String: String]) -> [String] {
    if converter == nil, !figures.isEmpty {
      return [
        "figures are SVG files only; PDF and PNG need \(FigureConverter.program), of the package \(FigureConverter.package)"
      ]
    }
    guard let (path, reason) = failures.min(by: { $0.key < $1.key }) else { return [] }
    return ["\(failures.count) files of figures could not be made, \(path) among them: \(reason)"]
  }
}
