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
  /// Something went wrong that training can go on without, such as a checkpoint that could not be written.
  public var onWarning: @Sendable (String) -> Void
  /// Asked between steps and within long ones; true saves the state and ends the run.
  public var shouldStop: @Sendable () -> Bool

  public init(
    onStep: @escaping @Sendable (Step) -> Void = { _ in },
    onWarning: @escaping @Sendable (String) -> Void = { _ in },
    shouldStop: @escaping @Sendable () -> Bool = { false }
  ) {
    self.onStep = onStep
    self.onWarning = onWarning
    self.shouldStop = shouldStop
  }

  /// Throws `WorkStopped` if training should stop.
  package func check() throws { if shouldStop() { throw WorkStopped() } }
}
