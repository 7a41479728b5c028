import Experiments
import Foundation
import Report

/// What `study plan` and `study status` print as JSON.
struct StudySummary: Encodable {
  let study, folder: String
  let cells, done, running, failed, waiting, pending: Int
  let failures: [CellFailure]
  /// Every run; nil where that was not asked for.
  let runs: [Run]?
  /// What was submitted to Slurm now.
  let submission: SlurmLauncher.Submission?
  /// Slurm's tasks by state.
  let tasks: [String: Int]?
  /// What the runs that are left take here; nil where it was not asked.
  let estimatedS: Double?
  let estimate: StudyEstimate?

  /// One run: its name in the study, what it is doing, and its folder, once it is known.
  struct Run: Encodable {
    let name: String
    let state: StudyLedger.State
    let folder: String?
  }

  static func runs(_ ledger: StudyLedger) -> [Run] {
    ledger.plan.cells.indices.map { place in
      Run(
        name: ledger.plan.cells[place].name, state: ledger.state(place),
        folder: ledger.ids[place].map { ledger.store.run($0).url.path })
    }
  }

  init(
    _ ledger: StudyLedger, _ folder: StudyFolder, _ submission: SlurmLauncher.Submission? = nil,
    tasks: [String: Int]? = nil, estimate: StudyEstimate? = nil, runs: [Run]? = nil
  ) {
    self.runs = runs
    self.estimate = estimate
    estimatedS = estimate?.estimatedS
    self.submission = submission
    self.tasks = tasks?.isEmpty == true ? nil : tasks
    study = ledger.plan.study.name
    self.folder = folder.url.path
    cells = ledger.plan.cells.count
    (done, running, failed) = (ledger.count(.done), ledger.count(.running), ledger.count(.failed))
    (waiting, pending) = (ledger.count(.waiting), ledger.count(.pending))
    failures = ledger.failures.sorted { $0.key < $1.key }.map(\.value)
  }
}

/// What the commands of a study print for people.
enum StudyText {
  static func plan(_ ledger: StudyLedger, _ folder: StudyFolder, _ estimate: StudyEstimate?) -> String {
    let study = ledger.plan.study
    var lines = ["\(study.name): \(study.summary)"]
    let searches = ledger.plan.cells.count { !ledger.plan.isFinal($0) }
    let finals = ledger.plan.cells.count - searches
    let sizes = study.axes.map { "\($0.values.count) \($0.name)" }.joined(separator: " × ")
    let product = study.axes.reduce(1) { $0 * $1.values.count }
    lines.append(
      "\(Figures.count(finals)) runs (\(sizes)\(product > finals ? ", less \(product - finals) that are skipped" : ""))"
        + (searches > 0
          ? " after \(Figures.count(searches)) of a search on \(study.search?.judge.rawValue ?? "") images"
          : ""))
    lines.append("of which \(Figures.count(ledger.count(.done))) are done")
    if let estimate, ledger.count(.done) < ledger.plan.cells.count {
      let jobs = estimate.jobs
      lines.append(
        "time: about \(Progress.time(estimate.estimatedS)) with \(jobs) run\(jobs == 1 ? "" : "s") at once on this machine "
          + "(\(Progress.time(estimate.sequentialS)) one after another), measured from a few steps of each kind"
      )
      lines.append("memory: \(estimate.memoryMb) MB a run at most, \(estimate.memoryMb * jobs) MB at once")
      lines.append("disk: about \(Figures.bytes(estimate.diskBytes))")
    }
    lines.append("run it: clipft study run \(ShellWord.quoted(StudySession.shown(folder.url)))")
    return lines.joined(separator: "\n")
  }

  /// Every run, what it is doing, and where it lies.
  static func table(_ runs: [StudySummary.Run]) -> String {
    var table = TextTable(columns: [.init("run"), .init("state"), .init("folder")])
    for run in runs {
      let folder = run.folder.map { StudySession.shown(URL(fileURLWithPath: $0)) } ?? "–"
      table.append([run.name, run.state.rawValue, folder])
    }
    return table.text()
  }

  static func status(_ ledger: StudyLedger, _ folder: StudyFolder, tasks: [String: Int]? = [:]) -> String {
    var lines: [String] = []
    let counts = StudyLedger.State.allCases.map { ($0.rawValue, ledger.count($0)) }.filter { $0.1 > 0 }
    lines.append(
      "\(ledger.plan.study.name): " + counts.map { "\(Figures.count($0.1)) \($0.0)" }.joined(separator: ", "))
    if let tasks, !tasks.isEmpty {
      let states = tasks.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key.lowercased())" }
      lines.append("Slurm: \(states.joined(separator: ", "))")
    } else if tasks == nil {
      lines.append("Slurm was given this study, and is not at hand on this machine")
    }
    let failures = ledger.failures.sorted { $0.key < $1.key }.map(\.value)
    for failure in failures.prefix(20) { lines.append("failed: \(failure.cell): \(failure.reason)") }
    if failures.count > 20 {
      lines.append("and \(failures.count - 20) more, in \(StudySession.shown(folder.url))/failures")
    }
    let place = ShellWord.quoted(StudySession.shown(folder.url))
    if !failures.isEmpty {
      lines.append("try them again: clipft study retry \(place), then clipft study run \(place)")
    }
    let left = ledger.count(.waiting) + ledger.count(.pending)
    // Where runs are being computed, somebody goes on already.
    if left > 0, failures.isEmpty, ledger.count(.running) == 0 {
      lines.append("go on: clipft study run \(place)")
    }
    if ledger.count(.done) == ledger.plan.cells.count { lines.append("report: clipft study report \(place)") }
    return lines.joined(separator: "\n")
  }
}
