import TensorCore

/// What a forward pass needs to know beyond its input.
public struct ForwardContext: Sendable {
  /// Whether dropout and drop path act.
  public let isTraining: Bool
  /// Changes with every step; random masks are derived from it and the place they act at.
  public let seed: UInt64
  /// Drop-path probability of the last block; it grows linearly from 0 over the blocks.
  public let dropPath: Float
  /// Arithmetic of the products inside blocks.
  public let precision: Precision
  /// Whether blocks keep only their input for backward and are computed anew there: less memory, a third more time.
  public let recomputes: Bool

  public static var inference: ForwardContext { ForwardContext(isTraining: false, seed: 0) }

  public init(
    isTraining: Bool, seed: UInt64, dropPath: Float = 0, precision: Precision = Compute.precision,
    recomputes: Bool = false
  ) {
    self.isTraining = isTraining
    self.seed = seed
    self.dropPath = dropPath
    self.precision = precision
    self.recomputes = recomputes
  }

  /// A seed for the mask at `place`, different at each step and place.
  public func seed(at place: String) -> UInt64 { SeededRandom.seed(seed, named: place) }
}
