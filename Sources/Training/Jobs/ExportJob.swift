import CLIPCore
import Checkpoint
import Foundation
import TensorCore

/// Writes a run at an alpha as a plain model folder with its classification head beside it.
public struct ExportJob {
  public let run: LoadedRun
  /// Interpolation between pre-trained (0) and fine-tuned (1).
  public let alpha: Double
  public let folder: URL

  public init(run: LoadedRun, alpha: Double, folder: URL) {
    self.run = run
    self.alpha = alpha
    self.folder = folder
  }

  /// Throws unless `folder` is absent or empty.
  public static func check(_ folder: URL) throws(CheckpointError) {
    guard FileManager.default.fileExists(atPath: folder.path) else { return }
    guard let contents = try? FileManager.default.contentsOfDirectory(atPath: folder.path) else {
      throw .cannotCreate(file: folder.path, reason: "a file of that name exists")
    }
    guard contents.isEmpty else { throw .cannotCreate(file: folder.path, reason: "the folder is not empty") }
  }

  /// The image tower at alpha; text tower, tokenizer and preprocessing as they were before training. The folder
  /// appears under its name when it is whole.
  public func execute() throws {
    try Self.check(folder)
    let state = try run.endpoints.state(alpha: alpha)
    let start = try PretrainedModel.load(
      URL(fileURLWithPath: run.record.model.path), config: run.record.model.architecture)
    let source = StateDictSource(
      start.clip.store.state().merging(state.filter { $0.hasPrefix("visual.") }), file: run.folder.url.path)
    let clip = CLIP(config: start.clip.config, source: source)
    try source.finish()
    let (weight, bias) = try head(of: state)

    let unfinished = folder.deletingLastPathComponent().appendingPathComponent(
      ".\(folder.lastPathComponent).\(ProcessInfo.processInfo.processIdentifier)")
    defer { try? FileManager.default.removeItem(at: unfinished) }
    let model = PretrainedModel(
      clip: clip, tokenizer: start.tokenizer, preprocessing: start.preprocessing, place: unfinished)
    try model.save(to: unfinished)
    try HeadFile.write(
      weight: weight, bias: bias, classNames: run.record.data.classes.map(\.name),
      notes: ["method": run.record.method, "alpha": String(alpha), "run": run.folder.url.lastPathComponent],
      to: unfinished.appendingPathComponent(HeadFile.name))
    // Replaces an empty folder, and nothing else.
    guard rename(unfinished.path, folder.path) == 0 else {
      throw CheckpointError.cannotCreate(file: folder.path, reason: String(cString: strerror(errno)))
    }
  }

  private func head(of state: StateDict) throws(CheckpointError) -> (weight: Tensor, bias: Tensor) {
    func tensor(_ name: String) throws(CheckpointError) -> Tensor {
      guard let tensor = state[name] else {
        throw .missingTensor(file: run.folder.tunedFile.path, name: name)
      }
      return tensor
    }
    return (try tensor("classification_head.weight"), try tensor("classification_head.bias"))
  }
}
