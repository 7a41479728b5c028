import ArgumentParser
import Experiments
import Foundation

/// A run's specification as a file, changes to it, and a look at it.
struct SpecOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Specification of the run: a YAML or JSON file, or a run's run.json; flags change it (default: none).",
      valueName: "file"))
  var spec: String?

  @Option(
    name: .long, parsing: .singleValue,
    help: ArgumentHelp(
      "Change one key of the specification, after all else; may be repeated (default: none).",
      valueName: "key=value"))
  var set: [String] = []

  @Flag(name: .long, help: "Print the specification that would run, and run nothing.")
  var printSpec = false

  /// Whether a method may be named here.
  var isGiven: Bool { spec != nil || !set.isEmpty }

  func fillFile(_ draft: inout SpecDraft) throws {
    if let spec { try draft.add(SpecFile(reading: URL(fileURLWithPath: spec))) }
  }

  func fillAssignments(_ draft: inout SpecDraft) throws {
    for assignment in set { try draft.set(assignment) }
  }
}
