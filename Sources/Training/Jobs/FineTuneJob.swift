import CLIPCore
import Checkpoint
import Datasets
import Foundation
import PEFT
import Report
import TensorCore

/// One fine-tuning run from start to end: zero-shot head, training, run folder.
public struct FineTuneJob {
  public let model: PretrainedModel
  /// The model as the user named it.
  public let modelSource: String
  public let data: TrainingData
  public let request: TrainingDataRequest
  public let method: any FineTuningMethod
  public let settings: FineTuningSettings
  public let folder: RunFolder
  public let programVersion: String
  public let commandLine: [String]
  private let buildHead: HeadBuilder

  /// Makes the head that training starts from.
  public typealias HeadBuilder = (
    _ model: PretrainedModel, _ classNames: [String], _ templates: [String]
  ) throws -> ZeroShotHead

  public init(
    model: PretrainedModel, modelSource: String, data: TrainingData, request: TrainingDataRequest,
    method: any FineTuningMethod, settings: FineTuningSettings, folder: RunFolder, programVersion: String,
    commandLine: [String],
    buildHead: @escaping HeadBuilder = {
      try ZeroShotHead.build(clip: $0.clip, tokenizer: $0.tokenizer, classNames: $1, templates: $2)
    }
  ) {
    self.buildHead = buildHead
    self.model = model
    self.modelSource = modelSource
    self.data = data
    self.request = request
    self.method = method
    self.settings = settings
    self.folder = folder
    self.programVersion = programVersion
    self.commandLine = commandLine
  }

  /// What a job tells while it runs.
  public struct Observer: Sendable {
    /// Called before the first step with the number of steps done and to do.
    public var onStart: @Sendable (_ done: Int, _ total: Int, _ record: RunRecord) -> Void = { _, _, _ in }
    public var onEpoch: @Sendable (FineTuner.EpochMetrics) -> Void = { _ in }
    public var monitor = TrainingMonitor()

    public init() {}
  }

  /// Trains, or continues a run that was stopped. The record says whether it finished or was interrupted.
  public func run(resuming: Bool = false, observer: Observer = Observer()) throws -> RunRecord {
    try settings.validate(images: data.train.count)
    guard !resuming else { return try train(resuming: true, observer: observer) }
    guard !folder.exists else { throw TrainingError.runExists(path: folder.url.path) }
    let existed = FileManager.default.fileExists(atPath: folder.url.path)
    do {
      return try train(resuming: false, observer: observer)
    } catch {
      // Nothing that could be continued: the same command must work once its cause is gone.
      if !existed, !FileManager.default.fileExists(atPath: folder.checkpointFile.path) {
        try? FileManager.default.removeItem(at: folder.url)
      }
      throw error
    }
  }

  private func train(resuming: Bool, observer: Observer) throws -> RunRecord {
    var record: RunRecord
    let head: StateDict
    if resuming {
      record = try folder.record()
      head = try SafetensorsFile(url: folder.startHeadFile).stateDict()
    } else {
      head = try buildHead(model, data.train.classNames, data.templates).state()
      record = try freshRecord()
    }
    let classifier = try ImageClassifier(
      config: model.clip.config, classes: data.train.classes.count,
      state: model.clip.visionState().merging(head),
      file: modelSource)
    classifier.adapt(with: method, seed: settings.seed)
    record.parameters = RunRecord.ParameterCounts(
      tuned: classifier.tunedParameters.reduce(0) { $0 + $1.count },
      head: classifier.headParameters.reduce(0) { $0 + $1.count },
      total: classifier.store.parameters.reduce(0) { $0 + $1.count })
    record.status = .running
    if resuming {
      try folder.write(record)
    } else {
      try folder.create(record)
      try folder.write(data.images)
      try SafetensorsFile.write(head, to: folder.startHeadFile)
    }
    let tuner = try FineTuner(
      classifier: classifier, settings: settings,
      loader: BatchLoader(
        dataset: data.train, preprocessing: model.preprocessing, augmentation: settings.augmentation,
        batchSize: settings.batchSize, seed: settings.seed),
      validation: PreparedDataset(dataset: data.validation, preprocessing: model.preprocessing))
    if resuming { try tuner.resume(from: folder) }
    observer.onStart(tuner.stepsDone, tuner.totalSteps, record)
    let events = try EventWriter(
      folder: folder.eventsFolder, startTime: Date(), resumingAtStep: resuming ? tuner.stepsDone : nil)
    let outcome = try tuner.run(in: folder, monitor: observer.monitor) { metrics in
      try folder.append(metrics)
      let now = Date()
      try events.add(scalar: Double(metrics.trainLoss), tag: "train/loss", step: metrics.step, time: now)
      if let top1 = metrics.valTop1 {
        try events.add(scalar: top1, tag: "val/top1", step: metrics.step, time: now)
      }
      observer.onEpoch(metrics)
    }
    try events.close()
    switch outcome {
    case .interrupted:
      record.status = .interrupted
    case .finished(let result):
      record.status = .finished
      record.result = result
    }
    try folder.write(record)
    return record
  }

  private func freshRecord() throws -> RunRecord {
    RunRecord(
      programVersion: programVersion, created: Date().formatted(.iso8601), commandLine: commandLine,
      status: .running, method: type(of: method).name, methodOptions: method.optionValues, settings: settings,
      model: RunRecord.Model(
        source: modelSource, path: model.place.standardizedFileURL.path,
        sha256: try ModelFiles(model.place).sha256(),
        architecture: model.clip.config, preprocessing: model.preprocessing),
      data: RunRecord.Data(data, request: request),
      machine: .current(), parameters: RunRecord.ParameterCounts(tuned: 0, head: 0, total: 0))
  }
}
