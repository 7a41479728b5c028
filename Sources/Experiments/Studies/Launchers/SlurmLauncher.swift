import Checkpoint
import Foundation
import Training

/// Runs a study as a job array of Slurm, each task of which is a worker that computes runs until none is left.
///
/// Slurm warns a task before its time is over; then it saves and puts itself back into the queue.
public struct SlurmLauncher {
  /// What is asked of Slurm.
  public struct Request: Sendable, Equatable {
    /// Workers at once.
    public var tasks: Int
    public var cpus: Int
    public var partition, time, memory, account: String?
    /// Lines of the job's script before the program, such as `module load gcc`.
    public var setup: [String]
    /// Further options of `sbatch`, a word each, such as `--qos=long`.
    public var options: [String]

    public init(
      tasks: Int, cpus: Int, partition: String? = nil, time: String? = nil, memory: String? = nil,
      account: String? = nil,
      setup: [String] = [], options: [String] = []
    ) {
      (self.tasks, self.cpus, self.partition, self.time) = (tasks, cpus, partition, time)
      (self.memory, self.account, self.setup, self.options) = (memory, account, setup, options)
    }

    /// Throws where a value would be more than one option of the script.
    func validate() throws {
      let words = [partition, time, memory, account].compactMap { $0 } + options
      for word in words where word.isEmpty || word.contains(where: \.isNewline) || word.contains(" ") {
        throw TrainingError.badSetting("'\(word)' is no value for Slurm; give one word.")
      }
      for option in options where !option.hasPrefix("-") {
        throw TrainingError.badSetting(
          "'\(option)' is no option of sbatch; write it as in --sbatch=--qos=long.")
      }
    }
  }

  /// A job array that was submitted.
  public struct Submission: Codable, Sendable, Equatable {
    public let job: String
    public let tasks: Int
    /// ISO 8601, UTC.
    public let submitted: String
  }

  /// Seconds before its limit at which a task is warned.
  static let warning = 120

  private let folder: StudyFolder

  public init(_ folder: StudyFolder) { self.folder = folder }

  private var submissions: URL { folder.url.appendingPathComponent("slurm") }

  private static func program(_ name: String) throws -> SystemProgram {
    guard let found = SystemProgram(name) else {
      throw TrainingError.missingInput(
        path: name, what: "Slurm's \(name)",
        advice: "run this on a machine that submits jobs to Slurm, or leave --launcher away")
    }
    return found
  }

  /// Submits workers; `executable` is this program, where the nodes find it.
  public func submit(_ request: Request, study: String, only: [String]?, executable: URL) throws -> Submission
  {
    try request.validate()
    try StudyFolder.make(submissions)
    let script = submissions.appendingPathComponent("worker.sh")
    try AtomicFile.write(
      Self.script(request, study: study, folder: folder, only: only, executable: executable), to: script)
    let done = try Self.program("sbatch").run(["--parsable", script.path])
    guard let done, done.status == 0 else {
      throw TrainingError.badSetting(
        "sbatch does not take the job; it says “\(done?.lastWords ?? "nothing")”. The script is \(script.path)."
      )
    }
    // With several clusters, the job is followed by its cluster.
    let job = done.text.split(separator: ";").first.map(String.init) ?? done.text
    guard !job.isEmpty, job.allSatisfy(\.isNumber) else {
      throw TrainingError.badSetting("sbatch named no job, but “\(done.text)”; see `squeue`.")
    }
    let submission = Submission(job: job, tasks: request.tasks, submitted: Date().formatted(.iso8601))
    try AtomicFile.write(JSONFormat.encode(submission), to: submissions.appendingPathComponent("\(job).json"))
    return submission
  }

  /// What was submitted for the study, the earliest first.
  public func submitted() throws -> [Submission] {
    guard FileManager.default.fileExists(atPath: submissions.path) else { return [] }
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: submissions.path)
    } catch {
      throw CheckpointError.unreadable(
        file: submissions.path, reason: "it cannot be listed; see its permissions")
    }
    return try names.filter { $0.hasSuffix(".json") && !$0.hasPrefix(".") }.map { name in
      let file = submissions.appendingPathComponent(name)
      let remedy = "remove it; the job itself is Slurm's"
      let data = try OwnFile.reading(file, remedy: remedy) { try InputFile.read(file) }
      do {
        return try JSONFormat.decode(Submission.self, from: data)
      } catch {
        throw TrainingError.badCheckpoint(
          file: file.path, problem: "it names no job\(error.asJSONProblem); \(remedy)")
      }
    }.sorted { ($0.job.count, $0.job) < ($1.job.count, $1.job) }
  }

  /// How many tasks Slurm has of the study, by state (`RUNNING`, `PENDING` …); nil where Slurm is not at hand.
  public func tasks() throws -> [String: Int]? {
    let jobs = try submitted().map(\.job)
    guard let squeue = SystemProgram("squeue"), !jobs.isEmpty else { return jobs.isEmpty ? [:] : nil }
    // One task a line; of jobs that have long ended squeue knows nothing.
    var counts: [String: Int] = [:]
    for job in jobs {
      guard let done = squeue.run(["--noheader", "--array", "--jobs=\(job)", "--format=%T"]), done.status == 0
      else { continue }
      for state in done.text.split(separator: "\n") { counts[String(state), default: 0] += 1 }
    }
    return counts
  }

  /// Takes the study's tasks out of the queue; those that run save first. The jobs that were told.
  public func cancel() throws -> [String] {
    let jobs = try submitted().map(\.job)
    guard !jobs.isEmpty else { return [] }
    let scancel = try Self.program("scancel")
    return jobs.filter { scancel.run([$0])?.status == 0 }
  }

  /// The job's script.
  static func script(
    _ request: Request, study: String, folder: StudyFolder, only: [String]?, executable: URL
  ) -> String {
    var options = [
      "--job-name=clipft-\(study)", "--array=0-\(max(0, request.tasks - 1))",
      "--cpus-per-task=\(request.cpus)",
      "--output=\(folder.logs.path)/slurm-%A_%a.log", "--open-mode=append", "--requeue",
      "--signal=B:USR1@\(warning)",
    ]
    for (name, value) in [
      ("partition", request.partition), ("time", request.time), ("mem", request.memory),
      ("account", request.account),
    ] {
      if let value { options.append("--\(name)=\(value)") }
    }
    let command = ShellWord.command(
      [executable.path, "study", "work", folder.url.path] + (only.map { ["--only"] + $0 } ?? []))
    return """
      #!/bin/bash
      \((options + request.options).map { "#SBATCH \($0)" }.joined(separator: "\n"))
      \(request.setup.joined(separator: "\n"))
      # Warned before the limit of its time, the worker saves, and the task goes back into the queue.
      again=0
      \(command) --threads "${SLURM_CPUS_PER_TASK:-\(request.cpus)}" &
      worker=$!
      trap 'again=1; kill -INT "$worker"' USR1
      trap 'kill -TERM "$worker"' TERM
      wait "$worker"
      status=$?
      # A trap ends `wait` before the worker has ended.
      while kill -0 "$worker" 2>/dev/null; do
        wait "$worker"
        status=$?
      done
      if [ "$again" = 1 ]; then
        scontrol requeue "${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}"
      fi
      exit "$status"

      """
  }
}
