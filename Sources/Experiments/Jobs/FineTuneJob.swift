import CLIPCore
import Checkpoint
import Datasets
import Foundation
import NN
import PEFT
import Synchronization
import TensorCore
import Training

/// One fine-tuning run from start to end: zero-shot head, training, run folder.
public struct FineTuneJob {
  /// What is to be done.
  public let spec: RunSpec
  public let method: any FineTuningMethod
  public let model: PretrainedModel
  public let data: TrainingData
  public let folder: RunFolder
  public let commandLine: [String]
  private let buildHead: HeadBuilder
  private let asked: AskedSettings
  private let features: (any FeatureKeeper)?

  /// Makes the head that training starts from.
  public typealias HeadBuilder = (
    _ model: PretrainedModel, _ classNames: [String], _ templates: [String]
  ) throws -> ZeroShotHead

  /// Makes it now, without telling how far it is.
  public static let buildHead: @Sendable (PretrainedModel, [String], [String]) throws -> ZeroShotHead = {
    try ZeroShotHead.build(clip: $0.clip, tokenizer: $0.tokenizer, classNames: $1, templates: $2)
  }

  /// `model` and `data` are what the specification names, opened. `asked` are keys that a user asked for: where nothing would
  /// come of one, the job throws before it trains. Features of a frozen tower are taken from `features`, and kept there. Throws where the specification's method is none.
  public init(
    _ spec: RunSpec, model: PretrainedModel, data: TrainingData, folder: RunFolder,
    commandLine: [String] = CommandLine.arguments,
    buildHead: @escaping HeadBuilder = Self.buildHead, asked: AskedSettings = AskedSettings(),
    features: (any FeatureKeeper)? = nil
  ) throws(MethodError) {
    self.features = features
    self.spec = spec
    method = try spec.makeMethod()
    self.asked = asked
    self.buildHead = buildHead
    self.model = model
    self.data = data
    self.folder = folder
    self.commandLine = commandLine
  }

  private var settings: FineTuningSettings { spec.settings }

  /// What a job tells while it runs.
  public struct Observer: Sendable {
    /// Called before the first step with the number of steps done and to do.
    public var onStart: @Sendable (_ done: Int, _ total: Int, _ record: RunRecord) -> Void = { _, _, _ in }
    public var onEpoch: @Sendable (FineTuner.EpochMetrics) -> Void = { _ in }
    public var monitor = TrainingMonitor()
    /// Called before the first file of the run is written: from now on, stopping is to save.
    public var willKeep: @Sendable () -> Void = {}
    public var checkpoints = CheckpointSchedule()

    public init() {}
  }

  /// Trains, or continues a run that was stopped. The record says whether it finished or was interrupted.
  ///
  /// `claim` is the folder's, where it was taken before; it is given back in any case.
  public func run(
    resuming: Bool = false, claim given: RunClaim? = nil, observer: Observer = Observer()
  ) throws -> RunRecord {
    let claim = try given ?? (resuming ? folder.claimExisting() : folder.createExclusively())
    let made = StepsMade()
    // What this process did before is no part of what the run takes.
    ProcessMemory.resetPeak()
    do {
      try settings.validate(images: data.train.count)
      try settings.augmentation?.validate(size: model.preprocessing.size)
      try RunSpec.validate(patchDropout: settings.augmentation?.patchDropout ?? 0, method)
      let record = try train(resuming: resuming, claim: claim, observer: made.counting(observer))
      claim.release()
      return record
    } catch {
      if made.any {
        // Record, metrics and checkpoints stay, and say why there is no more.
        noteFailure(error, claim)
        claim.release()
      } else {
        claim.abandon()
      }
      throw error
    }
  }

  /// Says in the record why training ended, where it can be written and is still this process's.
  private func noteFailure(_ error: any Error, _ claim: RunClaim) {
    guard (try? claim.lock.check()) != nil, var record = try? folder.record() else { return }
    record.status = .failed
    record.failure = (error as? any ClassifiedError)?.description ?? error.localizedDescription
    // What is thrown is what is told; that it could not be noted, too, is part of it.
    try? folder.write(record)
  }

  private func train(resuming: Bool, claim: RunClaim, observer: Observer) throws -> RunRecord {
    var record: RunRecord
    let head: StateDict
    let images: RunImages
    if resuming {
      record = try folder.record()
      head = try OwnFile.state(
        folder.startHeadFile, remedy: "put back the run's own file, or train the run anew")
      images = data.images
      record.use(.current())
    } else {
      head = try buildHead(model, data.train.classNames, data.templates).state()
      let adapter = model.adapter.map { URL(fileURLWithPath: $0.path) }
      images = data.images.following(try SeenImages.of(model: model.place, adapter: adapter))
      record = try freshRecord(images)
    }
    let assembly = ClassifierAssembly(
      method: method, towers: spec.method.towers.kinds, classNames: data.train.classNames,
      templates: data.templates, settings: settings)
    guard data.descriptions == nil || !assembly.trainingReadsText else {
      throw TrainingError.badSetting(
        "Here training reads prompts at every step, which are templates for all classes: leave out data.descriptions and "
          + "data.prompt_names (--descriptions, --prompt-names), and give data.templates (--templates).")
    }
    let classifier = try assembly.classifier(
      clip: model.clip, tokenizer: model.tokenizer, withText: assembly.trainingReadsText, replacing: head,
      file: spec.model)
    let hasCheckpoint = FileManager.default.fileExists(atPath: folder.checkpointFile.path)
    try assembly.adapt(
      classifier, seed: settings.seeds.initialization,
      examples: TrainingExamples(
        count: data.train.count,
        // A checkpoint has what was found in them.
        images: resuming && hasCheckpoint
          ? nil : PreparedDataset(dataset: data.train, preprocessing: model.preprocessing),
        classifier: classifier, check: observer.monitor.check))
    if !resuming { try refuseUnused(classifier) }
    record.parameters = RunRecord.ParameterCounts(
      tuned: classifier.tunedParameters.reduce(0) { $0 + $1.count },
      head: classifier.headParameters.reduce(0) { $0 + ($1.isTrainable ? $1.count : 0) },
      total: classifier.store.parameters.reduce(0) { $0 + $1.count })
    (record.status, record.failure) = (.running, nil)
    observer.willKeep()
    // With its record, a run can be continued: that comes after all it needs.
    if !resuming {
      try folder.write(images)
      if let descriptions = data.descriptions {
        let prompts = Dictionary(
          zip(data.train.classes.map(\.id), descriptions.prompts), uniquingKeysWith: { first, _ in first })
        try AtomicFile.write(JSONFormat.encode(prompts), to: folder.promptsFile)
      }
      try SafetensorsFile.write(head, to: folder.startHeadFile)
    }
    try folder.write(record)
    if !(resuming && hasCheckpoint) {
      try HeadStart(
        settings, classifier: classifier, data: data, preprocessing: model.preprocessing,
        check: observer.monitor.check
      ).apply()
    }
    let tuner = try FineTuner(
      classifier: classifier, settings: settings,
      loader: BatchLoader(
        dataset: data.train, preprocessing: model.preprocessing, augmentation: settings.augmentation?.image,
        batchSize: settings.batch.size, seed: settings.seeds.order,
        dropLast: settings.leavesOutLastBatch(images: data.train.count)),
      validation: data.validation.count > 0
        ? PreparedDataset(dataset: data.validation, preprocessing: model.preprocessing) : nil,
      keptFeatures: features.map { KeptFeatures($0, of: record, images) },
      check: observer.monitor.check)
    if resuming {
      try tuner.resume(from: folder.checkpointFile)
      try folder.keepMetrics(FineTuner.EpochMetrics.self, where: tuner.keeps)
    }
    observer.onStart(tuner.stepsDone, tuner.totalSteps, record)
    let log = RunLog(
      folder: folder, resumingAtStep: resuming ? tuner.stepsDone : nil, warn: observer.monitor.onWarning)
    let outcome = try tuner.run(
      writing: folder.trainingFiles, noting: RunIdentity(record).metadata, schedule: observer.checkpoints,
      monitor: observer.monitor,
      mayWrite: { try claim.lock.check() },
      onEpoch: { metrics in
        log.add(metrics)
        observer.onEpoch(metrics)
      })
    log.close()
    switch outcome {
    case .interrupted:
      record.status = .interrupted
    case .finished(let result):
      record.status = .finished
      record.result = result
      record.result?.tunedSha256 = try ContentHash.sha256(of: folder.tunedFile)
      record.result?.startHeadSha256 = try ContentHash.sha256(of: folder.startHeadFile)
    }
    try folder.write(record)
    return record
  }

  /// Throws if a setting was asked for of which nothing comes: no step is made where nothing trains, and blocks that train
  /// nothing are not passed through.
  private func refuseUnused(_ classifier: ImageClassifier) throws(TrainingError) {
    let name = type(of: method).name
    guard settings.schedule.epochs > 0 else { return }
    guard try settings.optimizer.movesAnything(of: classifier) else {
      return try InertSetting.refuse(
        FineTuningSettings.steps(by: ["method.name"], "\(name) trains nothing, so that no step is made"),
        asked: asked)
    }
    try InertSetting.refuse(inertOnHead(classifier, name), asked: asked)
    guard classifier.hasFrozenTower, settings.augmentation == nil else { return }
    let reason = "\(name) leaves the image tower as it is, and its features are computed once"
    let causes = ["method.name", "augmentation"]
    var unused: [InertSetting] = []
    if settings.batch.recompute { unused.append(InertSetting("batch.recompute", by: causes, reason)) }
    // A head that is made from text drops paths of the text tower.
    if settings.dropPath > 0, classifier.texts == nil {
      unused.append(InertSetting("drop_path", by: causes, reason))
    }
    try InertSetting.refuse(unused, asked: asked)
  }

  /// What nothing comes of where class weights do not train, or nothing lies below them.
  private func inertOnHead(_ classifier: ImageClassifier, _ name: String) -> [InertSetting] {
    var found: [InertSetting] = []
    if settings.head.frozen, classifier.adaptation?.trainsHead == false {
      found.append(InertSetting("head.frozen", by: ["method.name"], "\(name) trains no class weights here"))
    }
    if classifier.headParameters.allSatisfy({ !$0.isTrainable }) {
      found.append(
        InertSetting("optimizer.head_lr", by: ["method.name"], "nothing of the head trains with \(name)"))
    }
    var even = settings.optimizer
    even.layerDecay = 1
    let rates = { (optimizer: OptimizerSettings) in optimizer.trained(classifier).map(\.rateFactor) }
    if settings.optimizer.layerDecay != 1, rates(even) == rates(settings.optimizer) {
      found.append(
        InertSetting("optimizer.layer_decay", by: ["method.name"], "\(name) trains nothing below the head"))
    }
    return found
  }

  private func freshRecord(_ images: RunImages) throws -> RunRecord {
    var spec = spec
    spec.data = spec.data.absolute
    func absolute(_ path: String) -> String {
      FileManager.default.fileExists(atPath: path)
        ? URL(fileURLWithPath: path).standardizedFileURL.path : path
    }
    spec.model = absolute(spec.model)
    spec.adapter = spec.adapter.map(absolute)
    // What it was is known now.
    spec.precision = Compute.precision
    return try RunRecord(
      programVersion: ProgramVersion.current, created: Date().formatted(.iso8601), commandLine: commandLine,
      status: .running, spec: spec, recipeChanges: spec.recipeChanges(),
      model: RunRecord.Model(
        path: model.place.standardizedFileURL.path, sha256: try model.weightsSHA256(),
        architecture: model.clip.config, preprocessing: model.preprocessing, adapter: model.adapter,
        tokenizerSha256: ContentHash.sha256(of: model.tokenizer.identity)),
      data: RunRecord.Data(data, images: images), machine: .current(),
      parameters: RunRecord.ParameterCounts(tuned: 0, head: 0, total: 0))
  }
}

/// Whether a job has made a step.
private final class StepsMade: Sendable {
  private let count = Atomic(0)

  var any: Bool { count.load(ordering: .relaxed) > 0 }

  func counting(_ observer: FineTuneJob.Observer) -> FineTuneJob.Observer {
    var counted = observer
    counted.monitor.onStep = { step in
      self.count.add(1, ordering: .relaxed)
      observer.monitor.onStep(step)
    }
    return counted
  }
}
