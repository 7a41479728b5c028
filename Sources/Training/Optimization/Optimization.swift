import Checkpoint
import TensorCore

/// An optimiser with its schedule and gradient clipping: one object per training run.
public final class Optimization {
  public let schedule: LearningRateSchedule
  private let optimizer: Optimizer
  private let clipNorm: Float?

  public init(
    _ trained: [TrainedParameter], rule: any UpdateRule, schedule: LearningRateSchedule, clipNorm: Float?
  ) {
    self.schedule = schedule
    self.clipNorm = clipNorm
    optimizer = Optimizer(trained, rule: rule)
  }

  /// Updates made so far.
  public var steps: Int { optimizer.steps }
  public var learningRate: Float { schedule.rate(at: steps) }

  /// One step down a loss, which must be one number. What holding to anchors adds to it. Throws where training has diverged,
  /// before touching a weight.
  @discardableResult
  public func step(_ loss: Variable) throws(TrainingError) -> Float {
    try gather(loss)
    return try step()
  }

  /// One step down a loss whose backward pass visits every parameter once: gradients of the whole model never exist
  /// together, unless clipping needs their norm. Throws as `step` does.
  @discardableResult
  public func fusedStep(_ loss: Variable) throws(TrainingError) -> Float {
    guard clipNorm == nil, !optimizer.hasAnchors else { return try step(loss) }
    guard loss.value.item.isFinite else { throw .diverged(step: steps) }
    optimizer.step(learningRate: learningRate) { loss.backward() }
    return 0
  }

  /// Adds the gradients of a part of the loss to those of the next step.
  public func gather(_ loss: Variable) throws(TrainingError) {
    guard loss.value.item.isFinite else { throw .diverged(step: steps) }
    loss.backward()
  }

  /// One step by the gradients gathered. What holding to anchors adds to the loss.
  @discardableResult
  public func step() throws(TrainingError) -> Float {
    let penalty = optimizer.gatherAnchors()
    var scale: Float = 1
    if let clipNorm {
      let norm = optimizer.gradientNorm()
      guard norm.isFinite else { throw .diverged(step: steps) }
      scale = min(1, clipNorm / (norm + 1e-6))
    }
    optimizer.step(learningRate: learningRate, gradientScale: scale)
    return penalty
  }

  public func state() -> StateDict { optimizer.state() }

  public func restore(_ state: StateDict, steps: Int, file: String) throws(TrainingError) {
    try optimizer.restore(state, steps: steps, file: file)
  }
}
