import ArgumentParser
import Foundation
import Training

/// Which run is meant.
struct RunOptions: ParsableArguments {
  @Option(name: .long, help: ArgumentHelp("Run folder (default: the newest under runs/).", valueName: "dir"))
  var run: String?

  func folder(_ workspace: Workspace) throws -> RunFolder {
    if let run { return RunFolder(URL(fileURLWithPath: run)) }
    guard let newest = RunFolder.newest(in: workspace.runs) else {
      throw TrainingError.missingRun(
        path: workspace.runs.path, hint: "make a run with `clipft finetune`, or name one with --run")
    }
    return newest
  }
}

extension RunFolder {
  /// The run that was written last.
  static func newest(in folder: URL) -> RunFolder? { all(in: folder).last }

  /// Every run below a folder, the oldest first.
  static func all(in folder: URL) -> [RunFolder] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    let runs = names.map { RunFolder(folder.appendingPathComponent($0)) }.filter(\.exists)
    func written(_ run: RunFolder) -> Date {
      let attributes = try? FileManager.default.attributesOfItem(atPath: run.recordFile.path)
      return attributes?[.modificationDate] as? Date ?? .distantPast
    }
    return runs.map { ($0, written($0)) }.sorted { ($0.1, $0.0.url.path) < ($1.1, $1.0.url.path) }.map(\.0)
  }
}
