import Checkpoint
import Datasets
import Foundation

/// What a training loop drives: one step after another.
protocol TrainingTask: AnyObject {
  var totalSteps: Int { get }
  /// Made so far.
  var steps: Int { get }
  /// Of the next step.
  var learningRate: Float { get }
  /// Whether nothing more is to be done, though steps are left.
  var isDone: Bool { get }
  /// Called before each step and after the last: for what is due between steps. `saveIfDue` is for before anything slow.
  func betweenSteps(_ monitor: TrainingMonitor, saveIfDue: () throws -> Void) throws
  /// Makes a step. Throws `WorkStopped` before any weight has changed.
  func step(_ monitor: TrainingMonitor) throws -> (loss: Float, images: Int)
  /// Everything needed to go on from here.
  func checkpoint() -> StateDict
}

/// Steps to the end, with checkpoints on the way: the one loop of fine-tuning and pre-training.
struct TrainingLoop {
  /// Nil keeps none.
  let file: URL?
  var schedule: CheckpointSchedule
  let monitor: TrainingMonitor
  /// Throws where the folder is no longer this process's.
  let mayWrite: () throws -> Void

  /// False where it was stopped on request, with a checkpoint to go on from. One is also saved now and then, and where an
  /// image has gone or is damaged, which can be put back. One that cannot be written is told, and the one before stays:
  /// training goes on.
  mutating func run(_ task: any TrainingTask) throws -> Bool {
    schedule.restart()
    do {
      while true {
        try task.betweenSteps(monitor) { try saveIfDue(task) }
        guard task.steps < task.totalSteps, !task.isDone else { return true }
        try saveIfDue(task)
        try monitor.check()
        let rate = task.learningRate
        let (loss, images) = try task.step(monitor)
        monitor.onStep(
          .init(
            step: task.steps, totalSteps: task.totalSteps, loss: loss, learningRate: rate, images: images))
      }
    } catch is WorkStopped {
      try save(task)
      return false
    } catch let error as DatasetError where task.steps > 0 {
      try save(task)
      throw error
    }
  }

  private mutating func saveIfDue(_ task: any TrainingTask) throws {
    guard file != nil, schedule.isDue else { return }
    let begin = Date()
    do {
      try save(task)
    } catch let error as CheckpointError {
      let kept = file.map { FileManager.default.fileExists(atPath: $0.path) } ?? false
      monitor.onWarning(
        "\(error.description). Training goes on; "
          + (kept ? "the checkpoint before it is kept." : "there is no checkpoint yet."))
    }
    schedule.saved(after: begin)
  }

  private func save(_ task: any TrainingTask) throws {
    try mayWrite()
    guard let file else { return }
    let folder = file.deletingLastPathComponent()
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw CheckpointError.cannotCreate(file: folder.path, reason: "the folder cannot be made")
    }
    var state = task.checkpoint()
    state.metadata["step"] = String(task.steps)
    try SafetensorsFile.write(state, to: file)
  }
}
