import ArgumentParser
import Checkpoint
import Experiments
import Foundation
import TensorCore

/// Which study, and where it lies.
struct StudyArgument: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "A study's file, its folder, or the name of a preset (clipft study list).", valueName: "study"))
  var study: String

  @Option(
    name: .long,
    help: ArgumentHelp("Folder of the study (default: studies/NAME beside the runs).", valueName: "dir"))
  var out: String?

  /// Where the study lies: the folder that is named, or that of the file or preset.
  func folder(_ workspace: Workspace) throws -> StudyFolder {
    if let out { return StudyFolder(URL(fileURLWithPath: out)) }
    let named = StudyFolder(URL(fileURLWithPath: HomePath.expanded(study)))
    if named.exists { return named }
    return StudyFolder(workspace.studies.appendingPathComponent(try Study.named(study).study.name))
  }

  /// The study's folder, which must have been begun, and what became of its runs.
  ///
  /// Where a file is named that is not as it was then, that is said.
  func begun(_ workspace: Workspace) throws -> (folder: StudyFolder, ledger: StudyLedger) {
    let folder = try folder(workspace)
    _ = try folder.settings()
    let named = StudyFolder(URL(fileURLWithPath: HomePath.expanded(study)))
    if !named.exists, try Study.named(study).text != folder.text() {
      Terminal.say(
        "note: \(study) is not as it was when the study was planned or run last; what follows is of \(StudySession.shown(folder.url)), "
          + "and `clipft study run` goes on with the changed one")
    }
    return (folder, try StudySession.open(folder))
  }
}

/// What of a study's runs is said on the command line, over all that its file says.
struct StudySettingsOptions: ParsableArguments {
  @Option(
    name: .long, parsing: .singleValue,
    help: ArgumentHelp(
      "One key of every run's specification, over all else; may be repeated (default: none).",
      valueName: "key=value"))
  var set: [String] = []

  @Option(name: .long, help: ArgumentHelp("Model of every run (default: the study's).", valueName: "model"))
  var model: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Where the data of manifests lie (default: $CLIPFT_DATA, else clipft.yaml's, else data).",
      valueName: "dir"))
  var dataRoot: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Where runs lie, which studies share (default: cells beside the runs).", valueName: "dir"))
  var cells: String?

  /// For a study that is begun or changed now.
  func settings(_ workspace: Workspace) -> StudySettings {
    let model = model.map { path in
      let path = HomePath.expanded(path)
      return FileManager.default.fileExists(atPath: path)
        ? URL(fileURLWithPath: path).standardizedFileURL.path : path
    }
    return StudySettings(
      root: FileManager.default.currentDirectoryPath,
      model: workspace.configuration.model ?? WorldModel.name,
      dataset: workspace.configuration.dataset ?? "shapes", dataRoot: workspace.dataRoot(dataRoot),
      seed: workspace.configuration.seed ?? 0, precision: Compute.precision,
      cells: (cells.map { URL(fileURLWithPath: HomePath.expanded($0)) } ?? workspace.cells)
        .standardizedFileURL.path,
      assignments: (model.map { ["model=\($0)"] } ?? []) + set)
  }

  /// What may be given, and whether it was.
  func given(_ precision: CommonOptions.PrecisionChoice?) -> [(name: String, isGiven: Bool)] {
    [
      ("--set", !set.isEmpty), ("--model", model != nil), ("--data-root", dataRoot != nil),
      ("--cells", cells != nil),
      ("--precision", precision != nil),
    ]
  }
}

/// How many runs of a study are computed at once on this machine.
struct JobsOption: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Runs at once, which share --threads among them (default: as many as processors and memory allow).",
      valueName: "n"))
  var jobs: Int?

  func validate() throws {
    if let jobs, !(1...CommonOptions.mostThreads).contains(jobs) {
      throw ValidationError("--jobs is \(jobs); give 1 to \(CommonOptions.mostThreads).")
    }
  }
}
