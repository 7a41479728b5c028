import Datasets
import Foundation
import Training

/// Makes a report of runs, tracing the curves that are not there yet.
enum ReportSession {
  /// Where `report.html` is.
  static func write(
    _ runs: [(run: LoadedRun, curve: WiseCurve)], suite: EvaluationSuite, catalog: DatasetCatalog,
    title: String,
    subtitle: String, to folder: URL
  ) throws -> URL {
    let datasets = [suite.target] + suite.shifts
    var descriptions: [String: String] = [:]
    for dataset in datasets {
      descriptions[dataset.name] = (try? catalog.manifest(named: dataset.name))?.description
    }
    let builder = ReportBuilder(runs: runs, datasets: datasets, descriptions: descriptions)
    let document = try builder.document(title: title, subtitle: subtitle, generated: Date())
    try ReportBuilder.write(document, to: folder)
    return folder.appendingPathComponent("report.html")
  }
}
