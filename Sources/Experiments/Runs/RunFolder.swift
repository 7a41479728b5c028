import CLIPCore
import Checkpoint
import Foundation
import TensorCore
import Training

/// The files of one run; every write goes to a temporary name first.
public struct RunFolder: Sendable {
  public let url: URL

  public init(_ url: URL) { self.url = url }

  public var recordFile: URL { url.appendingPathComponent("run.json") }
  public var metricsFile: URL { url.appendingPathComponent("metrics.jsonl") }
  /// What was trained, the head included, as trained: a method's own parameters under their names.
  public var tunedFile: URL { url.appendingPathComponent("tuned.safetensors") }
  /// The zero-shot head training began from.
  public var startHeadFile: URL { url.appendingPathComponent("head0.safetensors") }
  /// The prompts of each class that the head began from, where these are not templates.
  public var promptsFile: URL { url.appendingPathComponent("prompts.json") }
  public var checkpointFile: URL { url.appendingPathComponent("checkpoints/latest.safetensors") }
  public var predictionsFolder: URL { url.appendingPathComponent("predictions") }
  public var eventsFolder: URL { url.appendingPathComponent("tensorboard") }
  /// Scores along alpha, as `clipft wise` found them last.
  public var curveFile: URL { url.appendingPathComponent("wise.json") }

  /// Who trains the run now, if anybody does.
  public var trainer: RunLock.Holder? { RunLock.holder(of: url) }

  public var exists: Bool { FileManager.default.fileExists(atPath: recordFile.path) }

  /// Makes the folder and takes its lock, before anything slow is done. A folder that is there is used if it is empty, or
  /// holds only what a process left that died before its run began. Throws if it holds a run or files of another kind, or
  /// another process holds it.
  public func createExclusively() throws -> RunClaim {
    let isNew = try makeNew()
    if !isNew, !exists, trainer == nil, !isAbandoned {
      try NewOutput.requireFree(url) { RunLock.isLockName($0) }
    }
    return try claim(isNew: isNew)
  }

  /// Takes the first of `NAME`, `NAME-2`, … below `parent` that neither exists nor is being made by another process.
  public static func createNumbered(_ name: String, in parent: URL) throws -> RunClaim {
    for number in 1...100_000 {
      let folder = RunFolder(parent.appendingPathComponent(number == 1 ? name : "\(name)-\(number)"))
      guard try folder.makeNew() || folder.isAbandoned else { continue }
      do {
        return try folder.claim(isNew: true)
      } catch TrainingError.locked, TrainingError.runExists {
        continue
      }
    }
    throw TrainingError.runExists(path: parent.appendingPathComponent(name).path)
  }

  /// Takes the lock of a run that is there, to go on with it. Throws if another process holds it.
  public func claimExisting() throws -> RunClaim {
    guard exists else {
      if let trainer { throw TrainingError.locked(path: url.path, holder: trainer.description) }
      throw noRun
    }
    let lock = try RunLock.acquire(url)
    TemporaryFiles.removeStale(in: checkpointFile.deletingLastPathComponent())
    return RunClaim(folder: self, lock: lock, isNew: false, isContinued: true)
  }

  private var noRun: TrainingError {
    let isThere = FileManager.default.fileExists(atPath: url.path)
    return .noRun(
      path: url.relativePath,
      hint: (isThere ? "it has no run.json" : "there is no such folder")
        + "; name one made by `clipft finetune`")
  }

  private func claim(isNew: Bool) throws -> RunClaim {
    let lock = try RunLock.acquire(url)
    guard !exists else {
      lock.release()
      throw TrainingError.runExists(path: url.path)
    }
    return RunClaim(folder: self, lock: lock, isNew: isNew, isContinued: false)
  }

  /// Makes the folder, and those it lies in; false if it was there.
  private func makeNew() throws(CheckpointError) -> Bool {
    try makeFolder(url.standardizedFileURL.deletingLastPathComponent())
    if mkdir(url.path, 0o777) == 0 { return true }
    let reason = errno
    guard reason == EEXIST else {
      throw reason == ENOSPC || reason == EDQUOT
        ? .writeFailed(file: url.path, reason: String(cString: strerror(reason)))
        : .cannotCreate(file: url.path, reason: String(cString: strerror(reason)))
    }
    var status = stat()
    guard stat(url.path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw .cannotCreate(file: url.path, reason: "a file of that name exists")
    }
    return false
  }

  /// Whether all that the folder holds is what a process left that died before its run began.
  private var isAbandoned: Bool {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: url.path),
      names.contains(RunLock.fileName), RunLock.holder(of: url) == nil
    else { return false }
    return names.allSatisfy {
      RunLock.isLockName($0) || TemporaryFiles.isTemporary($0) || $0 == startHeadFile.lastPathComponent
        || ($0 == Self.imagesFolder && holdsOnlyLists)
    }
  }

  /// Which file of a finished run is not there, without which nothing can be scored of it, in a few words; nil where all are.
  public func missingFile(_ record: RunRecord) -> String? {
    guard record.result != nil else { return nil }
    return [tunedFile, startHeadFile].first { !FileManager.default.fileExists(atPath: $0.path) }.map {
      "its \($0.lastPathComponent) is not there; put it back, or train the run anew"
    }
  }

  public func write(_ record: RunRecord) throws(CheckpointError) {
    try AtomicFile.write(JSONFormat.encode(record), to: recordFile)
  }

  public func record() throws -> RunRecord {
    guard let data = try? Data(contentsOf: recordFile) else {
      guard let trainer else { throw noRun }
      throw TrainingError.noRun(
        path: url.path, hint: "\(trainer.description), is about to begin it; wait for it")
    }
    struct Format: Decodable { var formatVersion: Int }
    do {
      let format = try JSONFormat.decode(Format.self, from: data).formatVersion
      guard format == RunRecord.currentFormat else {
        throw TrainingError.badCheckpoint(
          file: recordFile.path,
          problem: "it is a record of format \(format), of another version of this program; this one reads "
            + "\(RunRecord.currentFormat), so train the run anew")
      }
      return try JSONFormat.decode(RunRecord.self, from: data)
    } catch let error as TrainingError {
      throw error
    } catch {
      throw TrainingError.badCheckpoint(
        file: recordFile.path,
        problem:
          "it is not a record of a run of this version\(error.asJSONProblem); put back the run's own file, or train the "
          + "run anew")
    }
  }

  /// Adds lines to `metrics.jsonl`; where that fails, none is there.
  public func append(_ lines: [String]) throws(CheckpointError) {
    let descriptor = open(metricsFile.path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw .writeFailed(file: metricsFile.path, reason: String(cString: strerror(errno)))
    }
    defer { close(descriptor) }
    let end = lseek(descriptor, 0, SEEK_END)
    var rest = Array(lines.map { $0 + "\n" }.joined().utf8)[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else {
        let reason = String(cString: strerror(errno))
        ftruncate(descriptor, end)
        throw .writeFailed(file: metricsFile.path, reason: reason)
      }
      rest = rest.dropFirst(written)
    }
    fsync(descriptor)
  }

  /// Lines of `metrics.jsonl` that decode as `Metrics`.
  public func metrics<Metrics: Decodable>(_ type: Metrics.Type) -> [Metrics] {
    guard let text = try? String(contentsOf: metricsFile, encoding: .utf8) else { return [] }
    return text.split(separator: "\n").compactMap { try? JSONFormat.decode(type, from: Data($0.utf8)) }
  }

  /// Rewrites `metrics.jsonl` with the lines that satisfy `isKept`.
  public func keepMetrics<Metrics: Codable>(
    _ type: Metrics.Type, where isKept: (Metrics) -> Bool
  ) throws(CheckpointError) {
    guard FileManager.default.fileExists(atPath: metricsFile.path) else { return }
    let lines = metrics(type).filter(isKept).map { JSONFormat.line($0) + "\n" }
    try AtomicFile.write(lines.joined(), to: metricsFile)
  }

  /// Where training writes to.
  public var trainingFiles: TrainingFiles { TrainingFiles(checkpoint: checkpointFile, tuned: tunedFile) }

  private func makeFolder(_ folder: URL) throws(CheckpointError) {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw .cannotCreate(file: folder.path, reason: "the folder cannot be made")
    }
  }
}
