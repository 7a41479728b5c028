import CLIPCore
import Checkpoint
import Foundation
import ImageCodec
import TensorCore
import Tokenizer
import Training

/// Trains a CLIP from nothing to a model folder.
public struct PretrainJob {
  public let config: CLIPConfig
  public let preprocessing: Preprocessing
  public let source: any CaptionedImages
  /// Texts the vocabulary is learned from.
  public let captions: [String]
  public let settings: PretrainingSettings
  public let folder: URL
  /// The images of `source` where others could score them as new; nil where they are drawn.
  public let seen: SeenImages?

  public init(
    config: CLIPConfig, preprocessing: Preprocessing, source: any CaptionedImages, captions: [String],
    settings: PretrainingSettings, folder: URL, seen: SeenImages? = nil
  ) {
    self.config = config
    self.preprocessing = preprocessing
    self.source = source
    self.captions = captions
    self.settings = settings
    self.folder = folder
    self.seen = seen
  }

  /// The finished model, or nil if training was stopped; then calling this again continues.
  ///
  /// The folder is locked meanwhile: throws if another process trains into it. `willKeep` is called before the first step:
  /// from then on, stopping is to save.
  public func run(
    monitor: TrainingMonitor, schedule: CheckpointSchedule = CheckpointSchedule(), willKeep: () -> Void = {}
  ) throws -> PretrainedModel? {
    try Self.requireFree(folder)
    let made = try makeFolder()
    let lock = try RunLock.acquire(folder)
    do {
      try Self.requireFree(folder)
      let model = try train(monitor: monitor, schedule: schedule, willKeep: willKeep, lock: lock)
      lock.release()
      return model
    } catch {
      lock.release()
      // Refused by the system where anything is left in it.
      if made { rmdir(folder.path) }
      throw error
    }
  }

  private func train(
    monitor: TrainingMonitor, schedule: CheckpointSchedule, willKeep: () -> Void, lock: RunLock
  ) throws -> PretrainedModel? {
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
    let checkpoint = folder.appendingPathComponent(Self.checkpointName)
    willKeep()
    guard
      try trainer.run(
        checkpoint: checkpoint, schedule: schedule, monitor: monitor, mayWrite: { try lock.check() })
    else { return nil }
    let model = PretrainedModel(
      clip: clip, tokenizer: tokenizer, preprocessing: preprocessing, place: folder)
    try lock.check()
    try save(model)
    try? FileManager.default.removeItem(at: checkpoint)
    return model
  }

  /// Throws if a folder holds a model, or anything that is not left by a training of one.
  public static func requireFree(_ folder: URL) throws(CheckpointError) {
    guard !WorldModel.isTrained(in: folder) else {
      throw .cannotCreate(file: folder.path, reason: "it already holds a model")
    }
    // A lock or a checkpoint says whose the rest is: a process may have ended while it wrote the model.
    guard !(names(in: folder) ?? []).contains(where: { RunLock.isLockName($0) || $0 == checkpointName })
    else {
      return
    }
    try NewOutput.requireFree(folder)
  }

  private static let checkpointName = "pretraining.safetensors"

  /// Writes the model; where that fails, nothing of it is there.
  private func save(_ model: PretrainedModel) throws {
    let before = Self.names(in: folder)
    let abandonment = TemporaryFiles.whenAbandoned { [folder] in Self.clear(folder, but: before) }
    defer { TemporaryFiles.cancel(abandonment) }
    do {
      // Never a model without them.
      try seen?.write(beside: folder)
      try model.save(to: folder)
    } catch {
      Self.clear(folder, but: before)
      throw error
    }
  }

  /// Nil where it cannot be listed.
  private static func names(in folder: URL) -> Set<String>? {
    (try? FileManager.default.contentsOfDirectory(atPath: folder.path)).map(Set.init)
  }

  /// Removes what was not there before; nothing where that is not known.
  private static func clear(_ folder: URL, but kept: Set<String>?) {
    guard let kept, let names = names(in: folder) else { return }
    for name in names.subtracting(kept) where !RunLock.isLockName(name) {
      try? FileManager.default.removeItem(at: folder.appendingPathComponent(name))
    }
  }

  /// Whether the folder was not there before.
  private func makeFolder() throws(CheckpointError) -> Bool {
    guard !FileManager.default.fileExists(atPath: folder.path) else { return false }
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      return true
    } catch {
      throw .cannotCreate(file: folder.path, reason: "the folder cannot be made")
    }
  }
}
