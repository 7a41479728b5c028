import CLIPCore
import Foundation
import PEFT
import TensorCore
import Training

/// Runs a fine-tuning job with its progress shown.
enum FineTuningSession {
  /// Throws `Interrupted` if it was stopped, after saying how to continue.
  static func run(_ job: FineTuneJob, resuming: Bool = false) throws -> RunRecord {
    let display = Display(
      method: type(of: job.method).name, images: job.data.train.count * job.settings.epochs)
    var observer = FineTuneJob.Observer()
    observer.onStart = { done, total, record in display.start(done: done, total: total, record: record) }
    observer.onEpoch = { display.epoch($0) }
    observer.monitor = TrainingMonitor(
      onStep: { display.step($0) }, shouldStop: { Interrupt.isRequested })
    let record = try job.run(resuming: resuming, observer: observer)
    guard record.status == .finished else {
      display.finish("stopped")
      Terminal.say(
        "Saved. Continue with: clipft finetune --resume \(ShellWord.quoted(job.folder.url.relativePath))")
      throw Interrupted()
    }
    display.finish("validation \(Figures.percent(record.result?.valTop1))%")
    return record
  }

  /// Continues the run in a folder with everything as its record says.
  static func resume(_ folder: RunFolder, workspace: Workspace) throws -> RunRecord {
    let record = try folder.record()
    guard record.status != .finished else { return record }
    Compute.setPrecision(record.machine.precision)
    let request = record.data.request
    let data = try TrainingData.open(
      request,
      catalog: workspace.catalog(dataRoot: request.dataRoot, allowsPartial: request.allowsPartial ?? false))
    guard data.train.fingerprint == record.data.fingerprint else {
      throw TrainingError.badCheckpoint(
        file: folder.url.path, problem: "the training images are not those the run began with")
    }
    let job = FineTuneJob(
      model: try PretrainedModel.load(
        URL(fileURLWithPath: record.model.path), config: record.model.architecture,
        imageSize: record.model.architecture.vision.imageSize),
      modelSource: record.model.source, data: data, request: request,
      method: try MethodRegistry.method(
        named: record.method, options: record.methodOptions.mapValues { String($0) }),
      settings: record.settings, folder: folder, programVersion: record.programVersion,
      commandLine: record.commandLine)
    return try run(job, resuming: true)
  }

  /// The bar of one run; made when the number of steps is known.
  private final class Display: @unchecked Sendable {
    // Touched by the training loop's thread only.
    private var progress: Progress?
    private var validation = ""
    private let method: String
    /// Images of a step, on average: the last of an epoch may be smaller.
    private var perStep = 0.0
    private let images: Int

    init(method: String, images: Int) {
      self.method = method
      self.images = images
    }

    func start(done: Int, total: Int, record: RunRecord) {
      perStep = Double(images) / Double(max(1, total))
      let parameters = Figures.count(record.parameters.tuned)
      let name = method.padding(toLength: max(6, method.count), withPad: " ", startingAt: 0)
      progress = Progress(
        "fine-tuning \(name) (\(parameters) parameters + head)", total: images, unit: "images",
        alreadyDone: Int(perStep * Double(done)))
    }

    func step(_ step: TrainingMonitor.Step) {
      progress?.set(
        Int((perStep * Double(step.step)).rounded()), detail: "loss \(Figures.loss(step.loss))\(validation)")
    }

    func epoch(_ metrics: FineTuner.EpochMetrics) {
      validation = metrics.valTop1.map { "  val \(Figures.percent($0))%" } ?? ""
    }

    func finish(_ summary: String) { progress?.finish(summary) }
  }
}
