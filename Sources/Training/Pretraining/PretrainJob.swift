import CLIPCore
import Checkpoint
import Foundation
import ImageCodec
import TensorCore
import Tokenizer

/// Trains a CLIP from nothing to a model folder.
public struct PretrainJob {
  public let config: CLIPConfig
  public let preprocessing: Preprocessing
  public let source: any CaptionedImages
  /// Texts the vocabulary is learned from.
  public let captions: [String]
  public let settings: PretrainingSettings
  public let folder: URL

  public init(
    config: CLIPConfig, preprocessing: Preprocessing, source: any CaptionedImages, captions: [String],
    settings: PretrainingSettings, folder: URL
  ) {
    self.config = config
    self.preprocessing = preprocessing
    self.source = source
    self.captions = captions
    self.settings = settings
    self.folder = folder
  }

  /// The finished model, or nil if training was stopped; then calling this again continues.
  public func run(monitor: TrainingMonitor) throws -> PretrainedModel? {
    let tokenizer = try BPETokenizer.train(on: captions, vocabularySize: config.text.vocabularySize)
    // Training stops early when no pair of tokens is left to merge.
    var config = config
    config.text.vocabularySize = tokenizer.vocabularySize
    let longest = captions.map { tokenizer.encode($0).count + 2 }.max() ?? 2
    config.text.contextLength = max(config.text.contextLength, longest)
    try config.validate(in: folder.path)
    let clip = CLIP(config: config, seed: settings.seed)
    if settings.positionAmplitude > 0 {
      clip.vision.startPositionsAsWaves(amplitude: settings.positionAmplitude)
    }
    let trainer = try Pretrainer(clip: clip, tokenizer: tokenizer, source: source, settings: settings)
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw CheckpointError.cannotCreate(file: folder.path, reason: "the folder cannot be made")
    }
    let checkpoint = folder.appendingPathComponent("pretraining.safetensors")
    guard try trainer.run(checkpoint: checkpoint, monitor: monitor) else { return nil }
    let model = PretrainedModel(
      clip: clip, tokenizer: tokenizer, preprocessing: preprocessing, place: folder)
    try model.save(to: folder)
    try? FileManager.default.removeItem(at: checkpoint)
    return model
  }
}
