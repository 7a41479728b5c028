import Checkpoint
import TensorCore

/// An optimiser with its schedule and gradient clipping: one object per training run.
public final class Optimization {
  public let schedule: LearningRateSchedule
  private let optimizer: AdamW
  private let clipNorm: Float?

  public init(parameters: [Parameter], schedule: LearningRateSchedule, adamW: AdamWOptions, clipNorm: Float?)
  {
    self.schedule = schedule
    self.clipNorm = clipNorm
    optimizer = AdamW(parameters: parameters, options: adamW)
  }

  /// Updates made so far.
  public var steps: Int { optimizer.steps }
  public var learningRate: Float { schedule.rate(at: steps) }

  /// Applies the gathered gradients of a finite loss. Throws where training has diverged, before touching a weight.
  public func update(loss: Float) throws(TrainingError) {
    guard loss.isFinite else { throw .diverged(step: steps) }
    var scale: Float = 1
    if let clipNorm {
      let norm = optimizer.gradientNorm()
      guard norm.isFinite else { throw .diverged(step: steps) }
      scale = min(1, clipNorm / (norm + 1e-6))
    }
    optimizer.step(learningRate: learningRate, gradientScale: scale)
  }

  public func state() -> StateDict { optimizer.state() }

  public func restore(_ state: StateDict, steps: Int, file: String) throws(TrainingError) {
    try optimizer.restore(state, steps: steps, file: file)
  }
}
