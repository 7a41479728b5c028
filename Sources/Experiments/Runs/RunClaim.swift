import Checkpoint
import Foundation
import Training

/// A run folder that this process writes into, and holds the lock of.
public final class RunClaim: Sendable {
  public let folder: RunFolder
  public let lock: RunLock
  /// Whether this process made the folder.
  private let isNew: Bool
  /// Whether the run was there before: then nothing of it is ever removed.
  private let isContinued: Bool
  private let abandonment: Int

  /// What a run makes before it has anything that can be continued.
  private static let early = ["run.json", "metrics.jsonl", "head0.safetensors", "tensorboard", "images"]

  init(folder: RunFolder, lock: RunLock, isNew: Bool, isContinued: Bool) {
    self.folder = folder
    self.lock = lock
    self.isNew = isNew
    self.isContinued = isContinued
    // A process that ends at once, before its run has a record, leaves as little as one that fails.
    abandonment = TemporaryFiles.whenAbandoned { [isNew] in
      guard !folder.exists, !isContinued else { return }
      Self.removeEarlyFiles(in: folder)
      if isNew { rmdir(folder.url.path) }
    }
  }

  public func release() {
    TemporaryFiles.cancel(abandonment)
    lock.release()
  }

  /// Gives the folder back after a failure. What was made of a run that cannot be continued is removed, and the folder if
  /// this process made it and nothing else is in it: the same command must work once its cause is gone.
  public func abandon() {
    let isOurs = (try? lock.check()) != nil
    if isOurs, !isContinued, !FileManager.default.fileExists(atPath: folder.checkpointFile.path) {
      Self.removeEarlyFiles(in: folder)
    }
    release()
    // Refused by the system where anything is left in it.
    if isNew && isOurs { rmdir(folder.url.path) }
  }

  private static func removeEarlyFiles(in folder: RunFolder) {
    for name in early {
      try? FileManager.default.removeItem(at: folder.url.appendingPathComponent(name))
    }
    rmdir(folder.checkpointFile.deletingLastPathComponent().path)
  }
}
