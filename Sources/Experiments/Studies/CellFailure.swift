import Checkpoint
import Foundation
import TensorCore
import Training

/// Why a run of a study could not be done.
public struct CellFailure: Codable, Sendable, Equatable {
  public let cell: String
  /// The run's name in the store.
  public let id: String
  /// One sentence.
  public let reason: String
  /// What kind of failure it was, as the program's exit code says it.
  public let exitCode: Int32
  /// Name of the machine.
  public let host: String
  /// ISO 8601, UTC.
  public let when: String

  init(cell: String, id: String, reason: String, kind: FailureKind) {
    (self.cell, self.id, self.reason, exitCode) = (cell, id, reason, kind.rawValue)
    host = ProcessIdentity.current.host
    when = Date().formatted(.iso8601)
  }
}

/// Runs of a study could not be done.
public struct FailedRuns: ClassifiedError {
  private let failures: [CellFailure]
  /// How they are tried again.
  private let remedy: String

  /// Nil where none failed.
  public init?(_ failures: [CellFailure], remedy: String) {
    guard !failures.isEmpty else { return nil }
    (self.failures, self.remedy) = (failures, remedy)
  }

  /// That of the first.
  public var kind: FailureKind { FailureKind(rawValue: failures[0].exitCode) ?? .internalError }

  public var description: String {
    let (first, count) = (failures[0], failures.count)
    let reason = first.reason.hasSuffix(".") ? String(first.reason.dropLast()) : first.reason
    return count == 1
      ? "\(first.cell) failed (\(reason)); \(remedy)."
      : "\(count) runs failed, the first of them \(first.cell) (\(reason)); \(remedy)."
  }
}

extension StudyFolder {
  private func failureFile(_ id: String) -> URL { failures.appendingPathComponent("\(id).json") }

  func note(_ failure: CellFailure) throws {
    try StudyFolder.make(failures)
    try AtomicFile.write(JSONFormat.encode(failure), to: failureFile(failure.id))
  }

  func failedIDs() throws -> Set<String> {
    guard FileManager.default.fileExists(atPath: failures.path) else { return [] }
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: failures.path)
    } catch {
      throw CheckpointError.unreadable(
        file: failures.path, reason: "it cannot be listed; see its permissions")
    }
    return Set(
      names.filter { $0.hasSuffix(".json") && !$0.hasPrefix(".") }.map { String($0.dropLast(".json".count)) })
  }

  func failure(_ id: String) throws -> CellFailure {
    let file = failureFile(id)
    let remedy = "remove it, and `clipft study run` tries the run again"
    let data = try OwnFile.reading(file, remedy: remedy) { try InputFile.read(file) }
    do {
      return try JSONFormat.decode(CellFailure.self, from: data)
    } catch {
      throw TrainingError.badCheckpoint(
        file: file.path, problem: "it says no failure\(error.asJSONProblem); \(remedy)")
    }
  }

  /// Has runs tried again that failed.
  public func retry(_ failures: [CellFailure]) throws {
    for failure in failures {
      do {
        try FileManager.default.removeItem(at: failureFile(failure.id))
      } catch CocoaError.fileNoSuchFile {
        // Another process was faster.
      }
    }
  }
}
