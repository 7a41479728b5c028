import CLIPCore
import Checkpoint
import Foundation
import PEFT
import Training

extension PretrainedModel {
  /// The model with an adapter of peft folded into its weights, which are written over. Throws where the adapter does not
  /// fit, naming the file.
  public func merging(adapterAt folder: URL) throws -> PretrainedModel {
    let adapter = try PeftAdapter(folder)
    try clip.merge(adapter)
    var merged = self
    merged.adapter = MergedAdapter(
      path: folder.standardizedFileURL.path, sha256: try adapter.sha256())
    return merged
  }
}

extension CLIP {
  /// Folds an adapter into the weights, which are written over. Throws where it does not fit, naming the file.
  public func merge(_ adapter: PeftAdapter) throws {
    let values = try adapter.folded(
      into: [vision, text],
      modules: ["visual_projection": vision.projection, "text_projection": text.projection])
    if let damaged = values.first(where: { !$0.value.isFinite }) {
      throw ModelError.badConfiguration(
        file: adapter.folder.path,
        problem: "with it, \(damaged.key) has values that are no finite numbers; write the adapter again")
    }
    for (path, value) in values { store[path]?.assign(value) }
  }

  /// Folds in what was folded in when a run began. Throws if it is not there any more, or another.
  func merge(_ recorded: MergedAdapter?) throws {
    guard let recorded else { return }
    let adapter = try PeftAdapter(URL(fileURLWithPath: recorded.path))
    guard try adapter.sha256() == recorded.sha256 else {
      throw TrainingError.badCheckpoint(
        file: recorded.path,
        problem:
          "it is not the adapter that the run began with: its SHA-256 differs from run.json's; put that one back"
      )
    }
    try merge(adapter)
  }
}

extension PeftAdapter {
  /// Of settings and weights together.
  func sha256() throws -> String {
    let files = [Self.configName, Self.weightsName].map(folder.appendingPathComponent)
    let hashes = try files.map { try ContentHash.sha256(of: $0) }
    return ContentHash.sha256(of: Data(hashes.joined().utf8))
  }
}
