import Checkpoint
import Datasets
import Foundation
import PEFT
import TensorCore
import Training

/// The folder of `clipft demo`: the world's images, a model, its runs, and a report, all of one seed.
public struct DemoFolder: Sendable {
  public let url: URL

  public init(_ url: URL) { self.url = url }

  /// Where the world's images lie.
  public var data: URL { url.appendingPathComponent(Self.dataName) }
  public var model: URL { url.appendingPathComponent("model") }
  public func run(_ method: any FineTuningMethod) -> RunFolder {
    RunFolder(url.appendingPathComponent("runs/\(type(of: method).name)"))
  }

  private static let dataName = "data"

  /// What a run of the demo is: a method as the world's recipe has it.
  public func spec(_ method: any FineTuningMethod, seed: UInt64) throws -> RunSpec {
    var draft = SpecDraft()
    try draft.set("method.name", to: type(of: method).name, by: "demo")
    try draft.set("method.options", to: method.optionValues, by: "demo")
    try draft.set("recipe", to: Recipe.world, by: "demo")
    return try draft.resolved(.init(model: model.path, dataRoot: data.path, seed: seed)).spec
  }

  /// Throws unless the folder is new or empty, or what it holds was made with these very settings; writes nothing.
  /// `precision` is what was asked for.
  public func requireSame(
    seed: UInt64, methods: [any FineTuningMethod], precision: Precision? = nil
  ) throws {
    // What another process is making here is not judged half made.
    if let holder = RunLock.holder(of: url), holder.process != .current { return }
    guard let world = try WorldFiles.drawn(in: data.path) else {
      return try NewOutput.requireFree(url) {
        RunLock.isLockName($0) || ($0 == Self.dataName && Self.isBegun(data, levels: 2))
      }
    }
    guard world.world.seed == seed else { throw otherSeed(world.world.seed) }
    for method in methods where run(method).exists {
      let record = try run(method).record()
      guard record.settings.seeds.all == seed else { throw otherSeed(record.settings.seeds.all) }
      let own = try spec(method, seed: seed)
      guard record.spec.method == own.method, record.settings == own.settings else {
        throw TrainingError.otherSettings(
          path: run(method).url.path,
          problem: "was not made by the demo, or by one of other settings; choose another --out")
      }
      // A run that goes on says so itself; a finished one would be shown as it is.
      let made = record.latestMachine.precision
      if let precision, record.status == .finished, made != precision {
        throw TrainingError.otherSettings(
          path: run(method).url.path,
          problem:
            "was made in \(made.rawValue); choose another --out, or --precision \(made.rawValue)")
      }
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
