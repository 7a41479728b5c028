/// How a long computation tells what it is doing and learns that it should stop.
public struct TrainingMonitor: Sendable {
  /// One finished optimisation step.
  public struct Step: Sendable {
    public let step: Int
    public let totalSteps: Int
    public let loss: Float
    public let learningRate: Float
    public let images: Int
  }

  public var onStep: @Sendable (Step) -> Void
  /// Asked between steps; true saves the state and ends the run.
  public var shouldStop: @Sendable () -> Bool

  public init(
    onStep: @escaping @Sendable (Step) -> Void = { _ in },
    shouldStop: @escaping @Sendable () -> Bool = { false }
  ) {
    self.onStep = onStep
    self.shouldStop = shouldStop
  }
}
