import TensorCore

/// The difference in accuracy between two models on the same images, with a bootstrap interval.
public struct PairedBootstrap: Sendable, Equatable {
  /// Accuracy of the second model minus that of the first.
  public let difference: Double
  /// Percentile interval of the difference at the level asked for.
  public let lower: Double
  public let upper: Double

  /// Resamples images with replacement, `resamples` times; the same seed gives the same interval on any machine.
  public init(
    first: Predictions, second: Predictions, resamples: Int = 2_000, level: Double = 0.95, seed: UInt64 = 0
  ) throws(EvaluationError) {
    try Predictions.requirePaired(first, second)
    let gains = zip(first.rows, second.rows).map { Int8($1.isCorrect ? 1 : 0) - Int8($0.isCorrect ? 1 : 0) }
    let count = gains.count
    let rounds = max(1, resamples)
    let means = [Double](unsafeUninitializedCapacity: rounds) { buffer, initialized in
      nonisolated(unsafe) let output = buffer
      gains.withUnsafeBufferPointer { gains in
        nonisolated(unsafe) let gains = gains
        parallelFor(count: rounds, grain: 16) { range in
          for round in range {
            var random = SeededRandom(seed, UInt64(round))
            var sum = 0
            for _ in 0..<count { sum += Int(gains[random.int(below: count)]) }
            output[round] = Double(sum) / Double(count)
          }
        }
      }
      initialized = rounds
    }.sorted()
    difference = Double(gains.reduce(0) { $0 + Int($1) }) / Double(count)
    lower = Self.percentile(means, (1 - level) / 2)
    upper = Self.percentile(means, (1 + level) / 2)
  }

  /// Linear interpolation between the order statistics, as numpy does it.
  private static func percentile(_ sorted: [Double], _ fraction: Double) -> Double {
    let position = min(max(fraction, 0), 1) * Double(sorted.count - 1)
    let below = Int(position)
    let above = min(below + 1, sorted.count - 1)
    return sorted[below] + (sorted[above] - sorted[below]) * (position - Double(below))
  }
}
