import Foundation

/// Outputs that must not be there yet: they appear whole, under their name, or not at all, and of two processes that
/// make the same one, the second is refused.
public enum NewOutput {
  /// Makes a folder. `body` fills one under a temporary name beside it; an empty folder of the name is replaced.
  public static func folder(at place: URL, _ body: (URL) throws -> Void) throws {
    let place = place.standardizedFileURL
    do {
      try FileManager.default.createDirectory(
        at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
    } catch {
      throw CheckpointError.cannotCreate(file: place.path, reason: "the folder it lies in cannot be made")
    }
    try withTemporaryFolder(in: place.deletingLastPathComponent(), for: place) { temporary in
      try body(temporary)
      let failure = TemporaryFiles.finally { rename(temporary.path, place.path) == 0 ? nil : systemReason() }
      if let failure { throw CheckpointError.cannotCreate(file: place.path, reason: failure) }
    }
  }

  /// Makes files beside one another. `body` writes them into a folder under a temporary name; they are then given their
  /// names in `folder`, all or none.
  public static func files(in folder: URL, _ body: (URL) throws -> Void) throws {
    try withTemporaryFolder(in: folder, for: folder) { temporary in
      try body(temporary)
      let names: [String]
      do {
        names = try FileManager.default.contentsOfDirectory(atPath: temporary.path).sorted()
      } catch {
        throw CheckpointError.writeFailed(file: temporary.path, reason: "it cannot be listed")
      }
      let failure = TemporaryFiles.finally { move(names, from: temporary, to: folder) }
      if let failure { throw failure }
    }
  }

  /// Throws if a folder is there and holds anything but what `isOwn` says an earlier attempt to make it has left, by name.
  public static func requireFree(
    _ folder: URL, but isOwn: (String) -> Bool = { _ in false }
  ) throws(CheckpointError) {
    guard FileManager.default.fileExists(atPath: folder.path) else { return }
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    } catch {
      throw .cannotCreate(file: folder.path, reason: "it is there and cannot be listed")
    }
    let others = names.filter { !TemporaryFiles.isTemporary($0) && !isOwn($0) }.sorted()
    guard let first = others.first else { return }
    let more = others.count > 1 ? " and \(others.count - 1) more" : ""
    throw .cannotCreate(file: folder.path, reason: "the folder is there and holds \(first)\(more)")
  }

  private static func move(_ names: [String], from temporary: URL, to folder: URL) -> CheckpointError? {
    var moved: [String] = []
    for name in names {
      let (source, target) = (
        temporary.appendingPathComponent(name).path, folder.appendingPathComponent(name).path
      )
      // A link, unlike a rename, never replaces; where a file system has none, looking first must do.
      var done = link(source, target) == 0
      if !done, [EPERM, ENOTSUP, ENOSYS].contains(errno), !FileManager.default.fileExists(atPath: target) {
        done = rename(source, target) == 0
      }
      guard done else {
        let reason = errno == EEXIST ? "it exists already" : systemReason()
        for path in moved { unlink(path) }
        return .cannotCreate(file: target, reason: reason)
      }
      moved.append(target)
    }
    return nil
  }

  private static func withTemporaryFolder(
    in parent: URL, for place: URL, _ body: (URL) throws -> Void
  ) throws {
    let path = TemporaryFiles.name(in: parent.path, suffix: ".tmp")
    guard mkdir(path, 0o777) == 0 else {
      let (reason, isFull) = (systemReason(), errno == ENOSPC || errno == EDQUOT)
      TemporaryFiles.forget(path)
      throw isFull
        ? CheckpointError.writeFailed(file: place.path, reason: reason)
        : CheckpointError.cannotCreate(file: place.path, reason: reason)
    }
    defer {
      try? FileManager.default.removeItem(atPath: path)
      TemporaryFiles.forget(path)
    }
    try body(URL(fileURLWithPath: path))
  }
}
