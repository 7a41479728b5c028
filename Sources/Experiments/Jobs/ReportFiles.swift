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

  /// The report that a folder holds, in whose place another may be written; nil where there is none. Throws if a file of one
  /// of the names is there without one.
  public static func earlier(in folder: URL) throws(CheckpointError) -> ReportDocument? {
    let there = [page, document, figure, table].map(folder.appendingPathComponent).first {
      (try? FileManager.default.attributesOfItem(atPath: $0.path)) != nil
    }
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
}
