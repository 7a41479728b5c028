import Checkpoint
import Foundation
import Training

/// Where the runs of studies lie, each known by what it comes of: studies that ask for the same run share it.
///
/// A run is computed by one process at a time, which holds its lease, a lock beside the runs.
public struct CellStore: Sendable {
  public let url: URL

  public init(_ url: URL) { self.url = url.standardizedFileURL }

  public func run(_ id: String) -> RunFolder { RunFolder(url.appendingPathComponent(id)) }

  private var leases: URL { url.appendingPathComponent(".leases") }
  /// Features of frozen towers, which runs share.
  var features: URL { url.appendingPathComponent(".features") }

  private func leaseName(_ id: String) -> String { "\(id).lease" }

  /// Takes a run for this process. Throws `TrainingError.locked` while another has it.
  package func lease(_ id: String) throws -> RunLock {
    try StudyFolder.make(leases)
    return try RunLock.acquire(leases, name: leaseName(id))
  }

  /// Who computes a run now, if anybody does.
  public func holder(_ id: String) -> RunLock.Holder? { RunLock.holder(of: leases, name: leaseName(id)) }

  /// Who took a run last and did not give it back, whether or not the process lives.
  func lastHolder(_ id: String) -> RunLock.Holder? { RunLock.lastHolder(of: leases, name: leaseName(id)) }

  /// The runs that are being computed now, or were when their process ended.
  func leased() -> Set<String> {
    // Where there is no folder, nobody has taken anything.
    let names = (try? FileManager.default.contentsOfDirectory(atPath: leases.path)) ?? []
    return Set(
      names.filter { $0.hasSuffix(".lease") && !$0.hasPrefix(".") }.map {
        String($0.dropLast(".lease".count))
      })
  }

  // MARK: Results

  /// What a run came to, scored as `scores` names it; nil where it is not finished or not scored so yet.
  public func result(_ id: String, scores: String) throws -> CellResult? {
    let file = resultFile(id, scores: scores)
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    let remedy = "remove it, and `clipft study run` makes it anew"
    let data = try OwnFile.reading(file, remedy: remedy) { try InputFile.read(file) }
    do {
      let result = try JSONFormat.decode(CellResult.self, from: data)
      guard result.formatVersion == CellResult.currentFormat, result.cell == id else {
        throw TrainingError.badCheckpoint(
          file: file.path,
          problem: "it is the result of another run or of another version of this program; \(remedy)")
      }
      return result
    } catch let error as DecodingError {
      throw TrainingError.badCheckpoint(
        file: file.path, problem: "it is no result of a run\(error.asJSONProblem); \(remedy)")
    }
  }

  func hasResult(_ id: String, scores: String) -> Bool {
    FileManager.default.fileExists(atPath: resultFile(id, scores: scores).path)
  }

  func keep(_ result: CellResult, scores: String) throws {
    let file = resultFile(result.cell, scores: scores)
    try StudyFolder.make(file.deletingLastPathComponent())
    try AtomicFile.write(JSONFormat.encode(result), to: file)
  }

  private func resultFile(_ id: String, scores: String) -> URL {
    run(id).url.appendingPathComponent("scores/\(scores).json")
  }
}
