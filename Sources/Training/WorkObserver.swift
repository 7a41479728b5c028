/// What a long computation over images or texts reports while it works.
public struct WorkObserver: Sendable {
  /// Items finished since the last call.
  public var onProgress: @Sendable (_ items: Int) -> Void
  /// Asked between batches; true ends the work with `WorkStopped`.
  public var shouldStop: @Sendable () -> Bool

  public init(
    onProgress: @escaping @Sendable (_ items: Int) -> Void = { _ in },
    shouldStop: @escaping @Sendable () -> Bool = { false }
  ) {
    self.onProgress = onProgress
    self.shouldStop = shouldStop
  }
}

/// Thrown when an observer asked to stop; nothing was written.
public struct WorkStopped: Error {
  public init() {}
}
