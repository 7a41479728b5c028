import Checkpoint
import Foundation
import Report
import Training

/// The files of a report.
public enum ReportFiles {
  static let page = "report.html"
  static let document = "report.json"
  static let figure = "figure.svg"
  static let table = "results.csv"
  /// Which files are the report's, besides these.
  static let list = "report-files.json"
  static let figures = "figures"
  static let paragraph = "methods.txt"
  static let paragraphLaTeX = "methods.tex"
  static let tables = "tables"

  /// The report that a folder holds, in whose place another may be written; nil where there is none. Throws if a file of one
  /// of the names is there without one.
  public static func earlier(in folder: URL) throws(CheckpointError) -> ReportDocument? {
    let there = [page, document, figure, table, list].map(folder.appendingPathComponent).first(where: exists)
    guard let there else { return nil }
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    guard let json = try? InputFile.read(folder.appendingPathComponent(document), limit: 1 << 30),
      let report = try? decoder.decode(ReportDocument.self, from: json)
    else {
      throw .cannotCreate(
        file: there.path,
        reason: "it exists already, and no \(document) beside it says that it is of a report")
    }
    return report
  }

  /// The further files of the report that a folder holds, by their paths in it; none where it has no list, as those of
  /// older versions. Throws if the list is not one of a report.
  static func listed(in folder: URL) throws(CheckpointError) -> Set<String> {
    let url = folder.appendingPathComponent(list)
    guard exists(url) else { return [] }
    guard let json = try? InputFile.read(url, limit: 1 << 24),
      let paths = try? JSONDecoder().decode([String].self, from: json),
      paths.allSatisfy(isOwn)
    else {
      throw .cannotCreate(
        file: url.path, reason: "it exists already and does not list files of a report; move it away")
    }
    return Set(paths)
  }

  static func encode(_ paths: Set<String>) -> String {
    // Paths are made of letters, digits, dots, dashes and slashes.
    "[\n" + paths.sorted().map { "  \"\($0)\"" }.joined(separator: ",\n") + "\n]\n"
  }

  /// Whether a path can be of a report's further files: it stays in the folder.
  private static func isOwn(_ path: String) -> Bool {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    let isPlain = parts.allSatisfy { part in
      !part.isEmpty && !part.hasPrefix(".")
        && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "." || $0 == "-") }
    }
    return path == paragraph || path == paragraphLaTeX
      || (isPlain && parts.count == 2 && (parts[0] == figures || parts[0] == tables))
  }

  /// Whether anything is at a place, a link without a target included.
  static func exists(_ url: URL) -> Bool {
    (try? FileManager.default.attributesOfItem(atPath: url.path)) != nil
  }
}
