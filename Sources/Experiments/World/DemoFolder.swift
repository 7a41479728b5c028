import Checkpoint
import Datasets
import Foundation
import PEFT
import TensorCore
import Training
import WiSE

/// The folder of `clipft demo`: the world's images, a model, a study of it with its runs, and a report, all of one seed.
public struct DemoFolder: Sendable {
  public let url: URL

  public init(_ url: URL) { self.url = url.standardizedFileURL }

  /// Where the world's images lie.
  public var data: URL { url.appendingPathComponent(Self.dataName) }
  public var model: URL { url.appendingPathComponent("model") }
  public var study: StudyFolder { StudyFolder(url.appendingPathComponent("study")) }
  /// Where the study's runs lie.
  var runs: URL { url.appendingPathComponent("runs") }

  private static let dataName = "data"

  /// The study of methods on the world's target and shifts, ready to be planned once images and model are there.
  ///
  /// `precision` is what was asked for; nil is that of before, else this process's.
  public func planner(
    methods: [String], alphas: AlphaGrid, seed: UInt64, precision: Precision? = nil
  ) throws -> StudyPlanner {
    let text = """
      # Written by `clipft demo`.
      name: demo
      summary: "What fine-tuning does to a CLIP's robustness, on the embedded world."
      axes:
        method: [\(methods.joined(separator: ", "))]
      score:
        alphas: [\(alphas.values.map { "\($0)" }.joined(separator: ", "))]

      """
    let before = study.exists ? try study.settings().precision : Compute.precision
    let settings = StudySettings(
      root: url.path, model: model.path, dataset: "shapes", dataRoot: data.path, seed: seed,
      precision: precision ?? before, cells: runs.path)
    return StudyPlanner(
      folder: study, study: try Study.reading(text, path: "the demo's study"), text: text, settings: settings)
  }

  /// Throws unless the folder is new or empty, or what it holds was made with this very seed; writes nothing.
  public func requireSame(seed: UInt64) throws {
    // What another process is making here is not judged half made.
    if let holder = RunLock.holder(of: url), holder.process != .current { return }
    guard let world = try WorldFiles.drawn(in: data.path) else {
      return try NewOutput.requireFree(url) {
        RunLock.isLockName($0) || ($0 == Self.dataName && Self.isBegun(data, levels: 2))
      }
    }
    guard world.world.seed == seed else { throw otherSeed(world.world.seed) }
    if study.exists {
      let made = try study.settings().seed
      guard made == seed else { throw otherSeed(made) }
    }
    _ = try ReportFiles.earlier(in: url)
  }

  /// Whether a folder holds nothing but what a process leaves that was ended as it began to draw images: files under
  /// temporary names, in folders down to so many levels.
  private static func isBegun(_ folder: URL, levels: Int) -> Bool {
    guard levels > 0, let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path) else {
      return false
    }
    return names.allSatisfy {
      TemporaryFiles.isTemporary($0) || isBegun(folder.appendingPathComponent($0), levels: levels - 1)
    }
  }

  private func otherSeed(_ seed: UInt64) -> TrainingError {
    .otherSettings(
      path: url.path, problem: "was made with seed \(seed); choose another --out, or --seed \(seed)")
  }
}
