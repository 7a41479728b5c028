import Checkpoint
import Foundation

/// A folder in which some files are this program's to replace: those that a list beside them names.
struct ListedFiles {
  let folder: URL
  /// The name of the list.
  let list: String

  /// Makes the folder ready for files of these paths. Throws, before anything is written, where one of them is there that the list
  /// does not name.
  func begin(_ paths: [String]) throws {
    let listFile = folder.appendingPathComponent(list)
    var old: [String] = []
    if ReportFiles.exists(listFile) {
      let problem = "it does not list files of a study; move it away"
      guard
        let found = try? JSONDecoder().decode([String].self, from: InputFile.read(listFile, limit: 1 << 24)),
        found.allSatisfy(Self.staysInside)
      else { throw CheckpointError.cannotCreate(file: listFile.path, reason: problem) }
      old = found
    }
    for path in paths where !old.contains(path) && ReportFiles.exists(url(path)) {
      throw CheckpointError.cannotCreate(
        file: url(path).path,
        reason: "it exists already and is not of this study; name another folder with --out")
    }
    for path in paths { try StudyFolder.make(url(path).deletingLastPathComponent()) }
    try note(Array(Set(old).union(paths)))
    for path in old where !paths.contains(path) && ReportFiles.exists(url(path)) {
      guard unlink(url(path).path) == 0 else {
        throw CheckpointError.writeFailed(
          file: url(path).path, reason: "it was written before and cannot be removed")
      }
    }
    try note(paths)
  }

  func url(_ path: String) -> URL { folder.appendingPathComponent(path) }

  /// Writes down that files of these paths are this program's.
  func note(_ paths: [String]) throws(CheckpointError) {
    try AtomicFile.write(JSONFormat.encode(paths.sorted()), to: url(list))
  }

  private static func staysInside(_ path: String) -> Bool {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    return (1...2).contains(parts.count) && parts.allSatisfy { !$0.isEmpty && !$0.hasPrefix(".") }
  }
}
