import CLIPCore
import Checkpoint
import Foundation
import PEFT
import TensorCore

/// A finished run with its weights.
public struct LoadedRun {
  public let folder: RunFolder
  public let record: RunRecord
  public let endpoints: WeightEndpoints

  /// Reads a run and the model it began from. Throws if the model has changed since, or the run is not finished.
  public static func load(_ folder: RunFolder) throws -> LoadedRun {
    let record = try folder.record()
    guard record.status == .finished else {
      throw TrainingError.badCheckpoint(
        file: folder.url.path, problem: "the run is not finished (finish it with `clipft finetune --resume`)")
    }
    let place = URL(fileURLWithPath: record.model.path)
    let files = try ModelFiles(place)
    guard try files.sha256() == record.model.sha256 else {
      throw TrainingError.badCheckpoint(
        file: files.weights.path,
        problem: "it is not the model the run began from (its SHA-256 differs from run.json's)")
    }
    let start = try startState(
      record: record, folder: folder,
      model: PretrainedModel.clip(
        in: place, config: record.model.architecture,
        imageSize: record.model.architecture.vision.imageSize))
    let classifier = try ImageClassifier(
      config: record.model.architecture, classes: record.data.classes.count, state: start,
      file: folder.url.path)
    let method = try MethodRegistry.method(
      named: record.method, options: record.methodOptions.mapValues { String($0) })
    classifier.adapt(with: method, seed: record.settings.seed)
    try classifier.restoreTuned(
      SafetensorsFile(url: folder.tunedFile).stateDict(), file: folder.tunedFile.path)
    guard let merged = classifier.mergedState() else {
      throw TrainingError.badSetting(
        "The weights of \(record.method) cannot be folded into plain weights, so they cannot be interpolated."
      )
    }
    return LoadedRun(
      folder: folder, record: record, endpoints: WeightEndpoints(pretrained: start, finetuned: merged))
  }

  /// The classifier before training: the model's image tower and the zero-shot head.
  private static func startState(record: RunRecord, folder: RunFolder, model: CLIP) throws -> StateDict {
    model.visionState().merging(try SafetensorsFile(url: folder.startHeadFile).stateDict())
  }
}

extension CLIP {
  /// The image tower with its projection, by name.
  public func visionState() -> StateDict { store.state { $0.path.hasPrefix("visual.") } }
}

extension ZeroShotHead {
  /// The head as a classifier's parameters: the class weights, and biases of 0.
  public func state() -> StateDict {
    [
      "classification_head.weight": weight,
      "classification_head.bias": Tensor(zeros: [weight.shape[0]]),
    ]
  }
}
