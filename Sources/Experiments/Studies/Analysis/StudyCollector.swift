import Checkpoint
import Foundation
import Report
import Training

/// Writes everything that a study's runs came to as tables.
public struct StudyCollector {
  private let source: StudySource
  private let intervals = ExactIntervals()

  public init(_ source: StudySource) { self.source = source }

  /// What was collected: what `study collect --json` prints.
  public struct Summary: Encodable, Sendable {
    public let study: String
    public let folder: String
    public let files: [String]
    /// Runs that the study is about.
    public let runs: Int
    public let done: Int
    public let missing: [String]
    public let failed: [StudyAnswers.Failure]
    public let lines: Int
    public let units: Int
  }

  static let results = "results.csv"
  static let search = "search.csv"

  /// Writes the tables. Throws where a file cannot be used or written, and where a name stands for different images.
  public func write(to folder: URL) throws -> Summary {
    let plan = source.plan
    let searches = plan.cells.indices.filter { !plan.isFinal(plan.cells[$0]) }
    let tables = ["csv", "md", "tex"].map { "tables/units.\($0)" }
    let files = ListedFiles(folder: folder, list: "collected-files.json")
    let names = [Self.results] + (searches.isEmpty ? [] : [Self.search]) + tables
    try files.begin(names)
    var gathering = StudyGathering(source, intervals)
    var lines = try write(source.finals, to: files.url(Self.results)) { place, result in
      try gathering.add(place, result)
    }
    if !searches.isEmpty { lines += try write(searches, to: files.url(Self.search)) { _, _ in } }
    let answers = gathering.answers()
    let table = answers.unitTable
    for (name, text) in zip(tables, [try table.csv(), table.markdown(), table.latex()]) {
      try AtomicFile.write(text, to: files.url(name))
    }
    return Summary(
      study: plan.study.name, folder: folder.path, files: names, runs: answers.runs, done: answers.done,
      missing: answers.missing, failed: answers.failed, lines: lines, units: answers.units.count)
  }

  /// Writes the lines of runs as each is read; gives their number.
  private func write(
    _ places: [Int], to file: URL, observe: (_ place: Int, _ result: CellResult?) throws -> Void
  ) throws -> Int {
    let lines = ResultLines(source.plan.study, intervals: intervals)
    var count = 0
    // What stops the writing, which has errors of its own kind only.
    var failure: (any Error)?
    do {
      try AtomicFile.write(to: file) { (output) throws(CheckpointError) in
        try output.append(Array(DelimitedTable(columns: lines.columns).text().utf8))
        for place in places {
          let text: String
          do {
            let result = try source.result(place)
            try observe(place, result)
            guard let result else { continue }
            let cell = source.plan.cells[place]
            let table = try lines.table(
              result, cell: cell.name, labels: source.plan.labels(of: cell), choice: source.choice(place))
            count += table.rows.count
            text = table.text(hasHeader: false)
          } catch {
            failure = error
            throw .writeFailed(file: file.path, reason: "its lines cannot be made")
          }
          try output.append(Array(text.utf8))
        }
      }
    } catch {
      throw failure ?? error
    }
    return count
  }
}

/// Takes a study's runs in its order, and keeps means over seeds only.
struct StudyGathering {
  private let source: StudySource
  private let intervals: ExactIntervals
  private var identities = ImageIdentities()
  private var units: [StudyUnit] = []
  private var open: (unit: Int, results: [CellResult], choice: String?)?
  private var done = 0
  private var missing: [String] = []
  private var failed: [StudyAnswers.Failure] = []
  private var precisions: Set<String> = []

  init(_ source: StudySource, _ intervals: ExactIntervals) {
    (self.source, self.intervals) = (source, intervals)
  }

  /// Takes the next run; nil where it is not done. Throws where its images are not those of others of the name.
  mutating func add(_ place: Int, _ result: CellResult?) throws {
    let cell = source.plan.cells[place]
    if open?.unit != cell.unit {
      close()
      open = (cell.unit, [], source.choice(place))
    }
    guard let result else {
      if let failure = source.failure(place) { failed.append(failure) } else { missing.append(cell.name) }
      return
    }
    if let curve = result.curve {
      try identities.add(curve, cell: cell.name)
      precisions.formUnion(curve.sets.map(\.precision))
    }
    done += 1
    open?.results.append(result)
  }

  private mutating func close() {
    guard let open else { return }
    let average = UnitAverage(
      name: source.plan.name(ofUnit: open.unit), results: open.results, choice: open.choice,
      rule: source.plan.study.scoring?.rule, intervals: intervals)
    if let unit = average.unit { units.append(unit) }
    self.open = nil
  }

  /// What all of that came to.
  mutating func answers() -> StudyAnswers {
    close()
    let study = source.plan.study
    let all = precisions.subtracting([""]).sorted()
    return StudyAnswers(
      study: study.name, summary: study.summary, source: study.source, runs: source.finals.count, done: done,
      missing: missing, failed: failed,
      cautions: all.count > 1
        ? ["some runs were scored in \(all.joined(separator: ", others in ")), which moves scores a little"]
        : [],
      units: units)
  }
}

extension StudyPlan {
  /// The labels of a unit's axes; the study's name where there is no axis but the seed.
  func name(ofUnit unit: Int) -> String {
    let labels = units[unit].labels
    return labels.isEmpty ? study.name : labels.joined(separator: ",")
  }
}
