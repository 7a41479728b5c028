import ArgumentParser
import Checkpoint
import Experiments
import Foundation
import Report
import TensorCore
import Training

struct StudyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "study",
    abstract: "Run a whole study: methods × options × seeds × data, searched, trained, scored and reported.",
    discussion: """
      A study is a file: what all runs have in common, the axes along which they differ, what is searched for on validation \
      images, and on what they are scored. Each run is known by what it comes of, so that it is computed once, whichever study asks \
      for it; stopped or killed at any moment, `run` goes on where it was.

        clipft study run shapes
        clipft study plan study.yaml
        clipft study run study.yaml --jobs 8
        clipft study run study.yaml --launcher slurm --partition cpu --time 4:00:00
        clipft study status study.yaml
        clipft study report study.yaml
      """,
    subcommands: [
      List.self, Show.self, Plan.self, Run.self, Status.self, Cancel.self, Retry.self, Work.self,
      Collect.self, Report.self,
    ])

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "The studies that come with the program.", discussion: "  clipft study list")
    @OptionGroup var common: CommonOptions

    private struct Entry: Encodable {
      let name, summary: String
      let source: String?
      let runs: Int
    }

    func run() throws {
      let entries = try StudyPresets.all.map { preset in
        let study = try Study.named(preset.name).study
        return Entry(
          name: study.name, summary: study.summary, source: study.source,
          runs: try StudyPlan(study).cells.count)
      }
      try common.output(["studies": entries]) {
        var table = TextTable(columns: [.init("name"), .init("runs", .right), .init("")])
        for entry in entries { table.append([entry.name, Figures.count(entry.runs), entry.summary]) }
        return table.text()
      }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "The file of a study, to begin one's own from.",
      discussion: "  clipft study show shapes > study.yaml")
    @Argument(help: "Name of a preset, or a study's file.") var study: String
    @OptionGroup var common: CommonOptions

    func run() throws {
      let text = try Study.named(study).text
      try common.output(["study": text]) { text.hasSuffix("\n") ? String(text.dropLast()) : text }
    }
  }

  struct Plan: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract:
        "What a study would run, and what that takes on this machine, measured from a few steps of each kind of run.",
      discussion: """
          clipft study plan study.yaml
          clipft study plan shapes --no-measure
        """)
    @OptionGroup var argument: StudyArgument
    @OptionGroup var settings: StudySettingsOptions

    @OptionGroup var jobs: JobsOption
    @Flag(name: .long, help: "Plan alone, without measuring time and memory (default: no).")
    var noMeasure = false

    @OptionGroup var common: CommonOptions

    func run() throws {
      let workspace = try common.start()
      let (ledger, folder) = try StudySession.plan(
        argument, settings, precision: common.precision, workspace)
      let estimate = try noMeasure ? nil : StudySession.estimate(ledger, jobs: jobs.jobs)
      try common.output(StudySummary(ledger, folder, estimate: estimate)) {
        StudyText.plan(ledger, folder, estimate)
      }
    }
  }

  struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Run a study, or go on with one.",
      discussion: """
        Runs that are done are not repeated; --only computes some alone, by their names. Ctrl-C saves what is being computed.

          clipft study run study.yaml
          clipft study run shapes --jobs 2 --set schedule.epochs=2
          clipft study run study.yaml --only 'shots=8,lora,seed=1'
        """)
    @OptionGroup var argument: StudyArgument
    @OptionGroup var settings: StudySettingsOptions

    @OptionGroup var jobs: JobsOption
    @Option(
      name: .long, parsing: .upToNextOption,
      help: ArgumentHelp("Names of the only runs to compute (default: all).", valueName: "run"))
    var only: [String] = []

    @OptionGroup var launching: LauncherOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
      try UnusedOptions.refuse(
        [("--jobs", jobs.jobs != nil && launching.launcher == .slurm)],
        because: "Slurm's tasks are as many as --tasks says")
    }

    func run() throws {
      let workspace = try common.start()
      let (ledger, folder) = try StudySession.plan(
        argument, settings, precision: common.precision, workspace)
      for name in only where try ledger.state(ledger.plan.place(named: name)) == .pending {
        throw ValidationError(
          "\(name) waits for the runs of its search: leave --only away until they are done, or name them.")
      }
      let folderWord = ShellWord.quoted(StudySession.shown(folder.url))
      switch launching.launcher {
      case .local:
        try StudySession.runHere(
          ledger, folder, workspace, jobs: jobs.jobs, only: only, continuing: "clipft study run \(folderWord)"
        )
        try common.output(StudySummary(ledger, folder)) { StudyText.status(ledger, folder) }
        try StudySession.requireDone(ledger, folder, only: only)
      case .slurm:
        let left = ledger.count(.waiting) + ledger.count(.pending)
        guard left > 0 else {
          try common.output(StudySummary(ledger, folder)) { StudyText.status(ledger, folder) }
          return try StudySession.requireDone(ledger, folder, only: only)
        }
        let submission = try SlurmLauncher(folder).submit(
          launching.request(runs: only.isEmpty ? left : min(left, only.count)), study: ledger.plan.study.name,
          only: only.isEmpty ? nil : only, executable: StudySession.executable)
        try common.output(StudySummary(ledger, folder, submission)) {
          "submitted job \(submission.job), \(submission.tasks) task\(submission.tasks == 1 ? "" : "s")\n"
            + "follow it: clipft study status \(folderWord)\nend it: clipft study cancel \(folderWord)"
        }
      }
    }
  }

  struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "How far a study is, and why runs failed.",
      discussion: """
          clipft study status study.yaml
          clipft study status study.yaml --runs
        """)
    @OptionGroup var argument: StudyArgument
    @Flag(name: .long, help: "List every run by its name, with its state and its folder (default: no).")
    var runs = false
    @OptionGroup var common: CommonOptions

    func run() throws {
      let workspace = try common.start()
      let (folder, ledger) = try argument.begun(workspace)
      let tasks = try SlurmLauncher(folder).tasks()
      let listed = runs ? StudySummary.runs(ledger) : nil
      try common.output(StudySummary(ledger, folder, tasks: tasks, runs: listed)) {
        (listed.map { StudyText.table($0) + "\n" } ?? "") + StudyText.status(ledger, folder, tasks: tasks)
      }
    }
  }

  struct Cancel: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Stop what computes runs of a study, here and in Slurm; what is being computed is saved.",
      discussion: "  clipft study cancel study.yaml")
    @OptionGroup var argument: StudyArgument
    @OptionGroup var common: CommonOptions

    func run() throws {
      let workspace = try common.start()
      let (folder, ledger) = try argument.begun(workspace)
      let jobs = try SlurmLauncher(folder).cancel()
      let processes = ledger.interruptHere()
      try common.output(StudySummary(ledger, folder)) {
        "told to stop: \(processes) process\(processes == 1 ? "" : "es") on this machine"
          + (jobs.isEmpty ? "" : ", Slurm's job\(jobs.count == 1 ? "" : "s") \(jobs.joined(separator: ", "))")
      }
    }
  }

  struct Retry: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Have runs that failed tried again by the next `study run`.",
      discussion: "  clipft study retry study.yaml")
    @OptionGroup var argument: StudyArgument

    @Option(
      name: .long, parsing: .upToNextOption,
      help: ArgumentHelp("Names of the runs (default: all that failed).", valueName: "run"))
    var only: [String] = []

    @OptionGroup var common: CommonOptions

    func run() throws {
      let workspace = try common.start()
      let (folder, ledger) = try argument.begun(workspace)
      let places = try only.map(ledger.plan.place(named:))
      for (name, place) in zip(only, places) where ledger.failures[place] == nil {
        throw ValidationError("\(name) has not failed: it is \(ledger.state(place).rawValue).")
      }
      let failures = only.isEmpty ? Array(ledger.failures.values) : places.compactMap { ledger.failures[$0] }
      try folder.retry(failures)
      try ledger.refresh()
      try common.output(StudySummary(ledger, folder)) {
        "\(failures.count) run\(failures.count == 1 ? "" : "s") will be tried again by: clipft study run "
          + ShellWord.quoted(StudySession.shown(folder.url))
      }
    }
  }

  struct Work: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Compute runs of a study that was begun, until none is left: what `run` starts.",
      discussion: "  clipft study work studies/shapes", shouldDisplay: false)
    @OptionGroup var argument: StudyArgument

    @Option(
      name: .long, parsing: .upToNextOption,
      help: ArgumentHelp("Names of the only runs to compute (default: all).", valueName: "run"))
    var only: [String] = []

    @Option(
      name: .long,
      help: ArgumentHelp("Process with whose end this one stops (default: none).", valueName: "pid"))
    var parent: Int32?

    @OptionGroup var common: CommonOptions

    func run() throws {
      let workspace = try common.start()
      let saving = Saving()
      saving.begin()
      defer { saving.end() }
      // A terminal, the runner and Slurm may each tell it.
      Interrupt.mergeRepeats(within: 5)
      let (folder, ledger) = try argument.begun(workspace)
      var observer = StudyWorker.Observer()
      let parent = parent
      observer.shouldStop = { Interrupt.isRequested || parent.map { getppid() != $0 } ?? false }
      observer.onBegin = { cell, id in Terminal.say("\(Date().formatted(.iso8601)) begins \(cell) (\(id))") }
      observer.onEnd = { cell, result in
        Terminal.say("\(Date().formatted(.iso8601)) done   \(cell), \(Progress.time(result.cost.seconds))")
      }
      observer.onNote = { cell, note in Terminal.say("note, \(cell): \(note)") }
      observer.onFailure = { Terminal.say("\($0.when) failed \($0.cell): \($0.reason)") }
      let outcome = try StudyWorker(ledger, only: only.isEmpty ? nil : only).run(observer)
      if outcome == .stopped {
        Terminal.say("\(Date().formatted(.iso8601)) stopped; what was being computed is saved")
        throw Interrupted()
      }
      try common.output(StudySummary(ledger, folder)) { "" }
    }
  }
}
