import ArgumentParser
import Checkpoint
import Experiments
import Foundation
import Synchronization
import TensorCore
import Training

/// Plans a study, or opens one that was begun, with what takes long shown.
enum StudySession {
  /// The study as its file is now, or as it was begun where its folder is named.
  static func plan(
    _ argument: StudyArgument, _ options: StudySettingsOptions, precision: CommonOptions.PrecisionChoice?,
    _ workspace: Workspace
  ) throws -> (ledger: StudyLedger, folder: StudyFolder) {
    let folder = try argument.folder(workspace)
    let named = StudyFolder(URL(fileURLWithPath: HomePath.expanded(argument.study)))
    let planner: StudyPlanner
    if named.exists {
      try UnusedOptions.refuse(
        options.given(precision),
        because: "the folder of a study says what it was begun with; name the study's file to change it")
      planner = try StudyPlanner(reopening: named)
    } else {
      let (study, text) = try Study.named(argument.study)
      var settings = options.settings(workspace)
      if folder.exists {
        let before = try folder.settings()
        let changes = settings.changes(from: before)
        if !options.given(precision).contains(where: \.isGiven) {
          // What was said when it was begun holds until something else is said.
          if !changes.isEmpty {
            Terminal.say(
              "note: goes on as it was begun (\(before.changes(from: settings).joined(separator: "; ")))")
          }
          settings = before
        } else if !changes.isEmpty {
          Terminal.say("note: other than before: \(changes.joined(separator: "; "))")
        }
      }
      planner = StudyPlanner(folder: folder, study: study, text: text, settings: settings)
    }
    return (try plan(planner), folder)
  }

  /// A study that is ready to be planned, with what takes long shown.
  static func plan(_ planner: StudyPlanner) throws -> StudyLedger {
    try enter(planner.settings)
    let display = PlanDisplay()
    let ledger = try planner.plan(reader: ReadingSession.reader(), monitor: display.monitor) { done, total in
      display.advance(done, total)
      if Interrupt.isRequested { throw Interrupted() }
    }
    display.finish()
    for note in ledger.notes { Terminal.say("note: \(note)") }
    return ledger
  }

  /// A study that was begun, as it was then.
  static func open(_ folder: StudyFolder) throws -> StudyLedger {
    try enter(folder.settings())
    return try StudyLedger(folder)
  }

  /// Goes to the folder to which a study's paths are relative.
  private static func enter(_ settings: StudySettings) throws {
    _ = here
    guard FileManager.default.changeCurrentDirectoryPath(settings.root) else {
      throw MissingInput(path: settings.root, what: "the folder that the study was begun in")
    }
  }

  /// Where the command was given.
  private static let here = FileManager.default.currentDirectoryPath + "/"

  /// What is left to do, measured with what is measured shown.
  static func estimate(_ ledger: StudyLedger, jobs: Int?) throws -> StudyEstimate {
    var progress: Progress?
    let estimate = try ledger.estimate(jobs: jobs) { kind, kinds in
      if Interrupt.isRequested { throw Interrupted() }
      if progress == nil { progress = Progress("measuring", total: kinds, unit: "kinds of runs") }
      progress?.set(kind)
    }
    progress?.finish()
    for reason in estimate.unmeasured { Terminal.warn("not measured, \(reason)") }
    return estimate
  }

  /// This program.
  static var executable: URL { URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath() }

  /// Computes what is left on this machine, with progress shown. Throws `Interrupted` where it was stopped.
  static func runHere(
    _ ledger: StudyLedger, _ folder: StudyFolder, _ workspace: Workspace, jobs: Int?, only: [String],
    continuing: String
  ) throws {
    let count = only.isEmpty ? ledger.plan.cells.count : only.count
    let done = ledger.count(.done)
    let left = ledger.plan.cells.count - done - ledger.count(.failed)
    guard left > 0 else { return }
    // Memory decides where it is short; what a run takes is measured once.
    let jobs = try jobs ?? min(estimate(ledger, jobs: nil).jobs, count)
    let threads = max(1, threadCount / jobs)
    let stopped = "Stopped; what is done is kept. Continue with: \(continuing)"
    Interrupt.say(whenStopped: stopped)
    Terminal.say(
      "study \(ledger.plan.study.name): \(Figures.count(ledger.plan.cells.count)) runs, \(Figures.count(done)) done; "
        + "\(jobs) at once, \(threads) thread\(threads == 1 ? "" : "s") each")
    let saving = Saving()
    saving.begin()
    defer { saving.end() }
    let progress = Progress("runs", total: ledger.plan.cells.count, unit: "runs", alreadyDone: done)
    var observer = LocalLauncher.Observer()
    var told: Set<String> = []
    observer.shouldStop = { Interrupt.isRequested }
    observer.onNote = { Terminal.warn($0) }
    observer.onProgress = { ledger in
      for failure in ledger.failures.values.sorted(by: { $0.cell < $1.cell })
      where told.insert(failure.id).inserted {
        Terminal.warn("\(failure.cell) failed: \(failure.reason)")
      }
      progress.set(
        ledger.count(.done), detail: "\(ledger.count(.running)) running, \(ledger.failures.count) failed")
    }
    let outcome = try LocalLauncher(
      ledger, in: folder, jobs: min(jobs, left), threads: threads, only: only.isEmpty ? nil : only,
      executable: executable,
      // Decoded images of all workers together take what those of one command may.
      environment: [Surroundings.imageMemory: "\(workspace.imageMemory() / jobs)B"]
    ).run(observer)
    progress.finish("\(ledger.count(.done)) done")
    guard outcome == .stopped else { return }
    Terminal.say(stopped)
    throw Interrupted()
  }

  /// Throws where runs failed; `only` are the names of those that were asked for, none for all.
  static func requireDone(_ ledger: StudyLedger, _ folder: StudyFolder, only: [String]) throws {
    let failures = ledger.failures.sorted { $0.key < $1.key }.map(\.value)
      .filter { only.isEmpty || only.contains($0.cell) }
    let place = ShellWord.quoted(shown(folder.url))
    let remedy = "when what is wrong is mended, `clipft study retry \(place)` has them tried again"
    if let failed = FailedRuns(failures, remedy: remedy) { throw failed }
  }

  /// Shows planning where it takes longer than a moment.
  private final class PlanDisplay {
    private let start = Date()
    private var progress: Progress?

    /// Shows the training of the embedded world's CLIP where there is none yet.
    var monitor: TrainingMonitor {
      let shown = Mutex<Progress?>(nil)
      return TrainingMonitor(
        onStep: { step in
          let training = shown.withLock { shown in
            let training =
              shown
              ?? Progress(
                "the embedded world's CLIP, once", total: WorldModel.settings(seed: 0).steps, unit: "steps")
            shown = training
            return training
          }
          training.set(step.step)
        }, shouldStop: { Interrupt.isRequested })
    }

    func advance(_ done: Int, _ total: Int) {
      if progress == nil, Date().timeIntervalSince(start) > 1, done < total {
        progress = Progress("planning", total: total, unit: "runs")
      }
      progress?.set(done)
    }

    func finish() { progress?.finish() }
  }

  /// A folder for people: relative where that is shorter.
  static func shown(_ url: URL) -> String {
    return url.path.hasPrefix(here) ? String(url.path.dropFirst(here.count)) : url.path
  }
}
