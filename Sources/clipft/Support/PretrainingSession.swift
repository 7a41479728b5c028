import CLIPCore
import Experiments
import Training

/// Runs a pre-training job with its progress shown.
enum PretrainingSession {
  static func run(_ job: PretrainJob, resumeCommand: String = ShellWord.thisCommand) throws -> PretrainedModel
  {
    let progress = Progress(
      "pre-training", total: job.settings.steps * job.settings.batchSize, unit: "images")
    let monitor = TrainingMonitor(
      onStep: { step in
        progress.set(step.step * step.images, last: step.images, detail: "loss \(Figures.loss(step.loss))")
      },
      onWarning: { Terminal.warn($0) }, shouldStop: { Interrupt.isRequested })
    let saving = Saving()
    defer { saving.end() }
    guard let model = try job.run(monitor: monitor, willKeep: saving.begin) else {
      progress.finish("stopped")
      Terminal.say("Saved. Continue with: \(resumeCommand)")
      throw Interrupted()
    }
    Interrupt.say(whenStopped: "Stopped; the model in \(job.folder.path) is finished.")
    saving.end()
    Interrupt.endIfRequested()
    progress.finish()
    return model
  }
}
