import Datasets
import Experiments
import Foundation
import Training

/// Writes a report of runs whose curves are there.
enum ReportSession {
  /// Where `report.html` is.
  static func write(
    _ traced: [ComparableRuns.Traced], suite: EvaluationSuite, catalog: DatasetCatalog, title: String,
    subtitle: String, overlay: ReportOverlay? = nil, to folder: URL
  ) throws -> URL {
    let runs = try ComparableRuns(traced)
    for note in runs.notes { Terminal.say("note: \(note)") }
    let sets = [suite.target] + suite.shifts
    var descriptions: [String: String] = [:]
    // Only a manifest describes its data.
    for set in sets where catalog.origin(of: set.name) != nil {
      descriptions[set.name] = try catalog.manifest(named: set.name).description
    }
    let builder = try ReportBuilder(runs: runs, sets: sets, descriptions: descriptions)
    var document = try builder.document(title: title, subtitle: subtitle, generated: Date())
    try overlay?.add(to: &document)
    let (earlier, notes) = try builder.write(document, to: folder)
    for note in notes { Terminal.say("note: \(note)") }
    if let earlier {
      Terminal.say(
        "note: the earlier report in \(folder.relativePath), of \(earlier.methods.map(\.name).joined(separator: ", ")), was "
          + "replaced")
    }
    return folder.appendingPathComponent("report.html")
  }
}
