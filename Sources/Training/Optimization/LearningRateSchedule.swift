import Foundation

/// Linear warm-up from 0, then a cosine from `peak` to `floor`.
public struct LearningRateSchedule: Sendable, Codable, Equatable {
  public var peak: Float
  public var floor: Float
  public var warmupSteps: Int
  public var totalSteps: Int

  public init(peak: Float, floor: Float = 0, warmupSteps: Int, totalSteps: Int) {
    self.peak = peak
    self.floor = floor
    self.warmupSteps = warmupSteps
    self.totalSteps = totalSteps
  }

  /// The rate of update `step`, counted from 0.
  public func rate(at step: Int) -> Float {
    if step < warmupSteps { return peak * Float(step + 1) / Float(warmupSteps) }
    let progress = Float(step - warmupSteps) / Float(max(1, totalSteps - warmupSteps))
    return floor + (peak - floor) / 2 * (1 + cos(.pi * min(1, progress)))
  }
}
