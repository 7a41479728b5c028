import CLIPCore
import Experiments
import Foundation
import PEFT
import TensorCore
import Training

/// Runs a fine-tuning job with its progress shown.
enum FineTuningSession {
  /// Throws `Interrupted` if it was stopped, after saying how to continue.
  static func run(_ job: FineTuneJob, claim: RunClaim? = nil, resuming: Bool = false) throws -> RunRecord {
    for remark in job.spec.settings.remarks(images: job.data.train.count) where !resuming {
      Terminal.warn(remark)
    }
    let display = Display(
      method: type(of: job.method).name, images: job.data.train.count * job.spec.settings.schedule.epochs)
    let saving = Saving()
    defer { saving.end() }
    var observer = FineTuneJob.Observer()
    observer.onStart = { done, total, record in display.start(done: done, total: total, record: record) }
    observer.onEpoch = { display.epoch($0) }
    observer.willKeep = saving.begin
    observer.monitor = TrainingMonitor(
      onStep: { display.step($0) }, onWarning: { Terminal.warn($0) },
      shouldStop: { Interrupt.isRequested })
    let record: RunRecord
    do {
      record = try job.run(resuming: resuming, claim: claim, observer: observer)
    } catch {
      if !resuming, job.folder.exists {
        let command = "clipft finetune --resume " + ShellWord.quoted(job.folder.url.relativePath)
        let hasCheckpoint = FileManager.default.fileExists(atPath: job.folder.checkpointFile.path)
        Terminal.say(
          hasCheckpoint
            ? "The last checkpoint is kept. Continue with: \(command)"
            : "No checkpoint was written yet; this starts the training over, with the same settings: \(command)"
        )
      }
      throw error
    }
    guard record.status == .finished else {
      display.finish("stopped")
      Terminal.say(
        "Saved. Continue with: clipft finetune --resume \(ShellWord.quoted(job.folder.url.relativePath))")
      throw Interrupted()
    }
    Interrupt.say(whenStopped: "Stopped; the run in \(job.folder.url.relativePath) is finished.")
    saving.end()
    Interrupt.endIfRequested()
    display.finish(record.result?.valTop1.map { "validation \(Figures.percent($0))%" } ?? "")
    return record
  }

  /// Continues the run in a folder with everything as its record says, threads and arithmetic included unless given.
  static func resume(
    _ folder: RunFolder, workspace: Workspace, threads: Int? = nil, precision: Precision? = nil,
    model: String? = nil, moved: MovedDataOptions? = nil, dataRoot: String? = nil
  ) throws -> RunRecord {
    guard try folder.record().status != .finished else { return try folder.record() }
    Interrupt.say(
      whenStopped:
        "Stopped; the run is as it was. Continue with: clipft finetune --resume \(folder.url.relativePath)")
    let claim = try folder.claimExisting()
    do {
      tell(claim)
      // Another process may have gone on with it meanwhile.
      let record = try folder.record()
      guard record.status != .finished else {
        claim.release()
        return record
      }
      let engine = ResumedMachine.apply(record.latestMachine, threads: threads, precision: precision)
      return try Compute.$backend.withValue(engine) {
        ResumedMachine.tell(.current(), before: record.latestMachine)
        let request = moved?.request(of: record, dataRoot: dataRoot) ?? record.request
        let place = try LoadedRun.modelPlace(
          of: record, moved: model.map { try ModelSource($0).place(workspace) })
        return try run(
          job(for: record, model: place, request: request, in: folder, workspace: workspace), claim: claim,
          resuming: true)
      }
    } catch {
      claim.abandon()
      throw error
    }
  }

  /// Says from whom a folder was taken over that may still live.
  static func tell(_ claim: RunClaim) {
    guard let previous = claim.lock.previous, previous.process.isAlive == nil else { return }
    Terminal.warn(
      "\(claim.folder.url.path): taken over from \(previous.description), which has not been heard of for ten minutes"
    )
  }

  private static func job(
    for record: RunRecord, model: URL, request: TrainingDataRequest, in folder: RunFolder,
    workspace: Workspace
  ) throws -> FineTuneJob {
    let model = try LoadedRun.pretrainedModel(of: record, at: model)
    for note in model.notes { Terminal.say("note: \(note)") }
    let data = try TrainingData.reopen(
      record.data, folder.images(record.data), request: request,
      catalog: workspace.catalog(dataRoot: request.dataRoot, allowsPartial: request.allowsPartial),
      reader: ReadingSession.reader())
    return try FineTuneJob(
      record.spec, model: model, data: data, folder: folder, commandLine: record.commandLine)
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
    private var estimate = TimeEstimate()

    init(method: String, images: Int) {
      self.method = method
      self.images = images
    }

    func start(done: Int, total: Int, record: RunRecord) {
      perStep = Double(images) / Double(max(1, total))
      let parameters = Figures.count(record.parameters.tuned)
      let head = record.parameters.head > 0 ? " + head" : ""
      let name = method.padding(toLength: max(6, method.count), withPad: " ", startingAt: 0)
      progress = Progress(
        "fine-tuning \(name) (\(parameters) parameters\(head))", total: images, unit: "images",
        alreadyDone: Int(perStep * Double(done)))
    }

    func step(_ step: TrainingMonitor.Step) {
      if let seconds = estimate.step(done: step.step, total: step.totalSteps) {
        if Terminal.isInteractive { Terminal.line("") }
        Terminal.say("training will take about \(Progress.time(seconds)) (Ctrl-C saves it)")
      }
      progress?.set(
        Int((perStep * Double(step.step)).rounded()), detail: "loss \(Figures.loss(step.loss))\(validation)")
    }

    func epoch(_ metrics: FineTuner.EpochMetrics) {
      validation = metrics.valTop1.map { "  val \(Figures.percent($0))%" } ?? ""
    }

    func finish(_ summary: String) { progress?.finish(summary) }
  }
}
