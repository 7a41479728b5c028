import Foundation

/// Linear warm-up to `peak`, then a cosine or a line to `floor`, or nothing more.
public struct LearningRateSchedule: Sendable, Codable, Equatable {
  /// What follows the warm-up.
  public enum Shape: String, Sendable, Codable, CaseIterable {
    case cosine, linear, constant
  }

  /// When the rate changes.
  public enum Pace: String, Sendable, Codable, CaseIterable {
    /// At every step; the cosine begins where the warm-up ends (open_clip's and WiSE-FT's schedule).
    case step
    /// At every epoch; the cosine runs over all epochs, of which the warm-up hides the first (timm's schedule).
    case epoch
    /// The same, an epoch late, as in the study: the first epoch's rate is that of the second, too.
    case laggedEpoch = "epoch-lagged"
  }

  public var shape: Shape
  public var peak: Float
  public var floor: Float
  public var warmupSteps: Int
  public var totalSteps: Int
  /// What the warm-up begins from.
  public var start: Float
  public var pace: Pace
  public var stepsPerEpoch: Int

  public init(
    shape: Shape = .cosine, peak: Float, floor: Float = 0, warmupSteps: Int, totalSteps: Int,
    start: Float = 0, pace: Pace = .step,
    stepsPerEpoch: Int = 1
  ) {
    self.shape = shape
    self.peak = peak
    self.floor = floor
    self.warmupSteps = warmupSteps
    self.totalSteps = totalSteps
    self.start = start
    self.pace = pace
    self.stepsPerEpoch = stepsPerEpoch
  }

  /// The rate of update `step`, counted from 0.
  public func rate(at step: Int) -> Float {
    guard pace != .step else {
      if step < warmupSteps { return start + (peak - start) * Float(step + 1) / Float(warmupSteps) }
      return after(Float(step - warmupSteps) / Float(max(1, totalSteps - warmupSteps)))
    }
    let epoch = max(0, step / stepsPerEpoch - (pace == .laggedEpoch ? 1 : 0))
    let warmup = Float(warmupSteps) / Float(stepsPerEpoch)
    if Float(epoch) < warmup { return start + (peak - start) * Float(epoch) / warmup }
    return after(Float(epoch * stepsPerEpoch) / Float(max(1, totalSteps)))
  }

  /// Whether training ends before the warm-up does, so that the rate never comes to its peak.
  public var endsInWarmup: Bool {
    guard warmupSteps > 0, totalSteps > 0 else { return false }
    guard pace != .step else { return warmupSteps >= totalSteps }
    let lastEpoch = max(0, (totalSteps - 1) / stepsPerEpoch - (pace == .laggedEpoch ? 1 : 0))
    return Float(lastEpoch) < Float(warmupSteps) / Float(stepsPerEpoch)
  }

  /// After a share of what follows the warm-up.
  private func after(_ progress: Float) -> Float {
    switch shape {
    case .cosine: floor + (peak - floor) / 2 * (1 + cos(.pi * min(1, progress)))
    case .linear: floor + (peak - floor) * (1 - min(1, progress))
    case .constant: peak
    }
  }
}
