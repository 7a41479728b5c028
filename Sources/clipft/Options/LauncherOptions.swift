import ArgumentParser
import Experiments
import TensorCore

/// Where the runs of a study are computed.
struct LauncherOptions: ParsableArguments {
  enum Launcher: String, ExpressibleByArgument, CaseIterable {
    case local, slurm
  }

  @Option(help: "Where runs are computed: local, or slurm, as a job array (default: local).")
  var launcher = Launcher.local

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Slurm: tasks of the array, each a worker (default: one a run, 64 at most).", valueName: "n"))
  var tasks: Int?

  @Option(name: .long, help: ArgumentHelp("Slurm: processors of a task (default: 4).", valueName: "n"))
  var cpus: Int?

  @Option(name: .long, help: ArgumentHelp("Slurm: partition (default: the cluster's).", valueName: "name"))
  var partition: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Slurm: time limit of a task, as 4:00:00; before it ends, the run saves and goes back into the queue (default: the cluster's).",
      valueName: "time"))
  var time: String?

  @Option(
    name: .long,
    help: ArgumentHelp("Slurm: memory of a task, as 8G (default: the cluster's).", valueName: "size"))
  var memory: String?

  @Option(name: .long, help: ArgumentHelp("Slurm: account (default: the user's).", valueName: "name"))
  var account: String?

  @Option(
    name: .long, parsing: .singleValue,
    help: ArgumentHelp(
      "Slurm: a line of the job's script before the program, as 'module load gcc'; may be repeated (default: none).",
      valueName: "line"))
  var setup: [String] = []

  @Option(
    name: .long, parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Slurm: a further option of sbatch, as --qos=long; may be repeated (default: none).",
      valueName: "option"))
  var sbatch: [String] = []

  func validate() throws {
    for (name, value) in [("--tasks", tasks), ("--cpus", cpus)] {
      if let value, !(1...100_000).contains(value) {
        throw ValidationError("\(name) is \(value); give 1 to 100000.")
      }
    }
    guard launcher == .local else { return }
    try UnusedOptions.refuse(
      [
        ("--tasks", tasks != nil), ("--cpus", cpus != nil), ("--partition", partition != nil),
        ("--time", time != nil),
        ("--memory", memory != nil), ("--account", account != nil), ("--setup", !setup.isEmpty),
        ("--sbatch", !sbatch.isEmpty),
      ], because: "they are Slurm's; add --launcher slurm")
  }

  private static let mostTasks = 64

  func request(runs: Int) -> SlurmLauncher.Request {
    SlurmLauncher.Request(
      tasks: min(runs, tasks ?? Self.mostTasks), cpus: cpus ?? 4, partition: partition, time: time,
      memory: memory,
      account: account, setup: setup, options: sbatch)
  }
}
