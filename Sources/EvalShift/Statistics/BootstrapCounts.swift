import TensorCore

/// Resamples of images with replacement, as how often each image was drawn.
///
/// Round for round they depend on nothing but the number of images, their clusters and the seed, so that two models are resampled
/// alike, on any machine and with any number of threads.
public struct BootstrapCounts: Sendable {
  private let images: Int
  /// Of each image its cluster, of `0..<clusterCount`; nil where each is drawn alone.
  private let cluster: [Int32]?
  private let clusterCount: Int
  private let seed: UInt64

  /// - Parameter clusters: of each image what it is drawn with; nil draws each alone.
  public init(images: Int, clusters: [Int32]? = nil, seed: UInt64) {
    self.images = images
    self.seed = seed
    guard let clusters else {
      (cluster, clusterCount) = (nil, images)
      return
    }
    let names = Set(clusters).sorted()
    let places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, Int32($0)) })
    cluster = clusters.map { places[$0] ?? 0 }
    clusterCount = names.count
  }

  /// How often each image was drawn in a round.
  public func counts(round: Int) -> [Int32] {
    var random = SeededRandom(seed, UInt64(round))
    var drawn = [Int32](repeating: 0, count: clusterCount)
    for _ in 0..<clusterCount { drawn[random.int(below: clusterCount)] += 1 }
    return cluster.map { cluster in cluster.map { drawn[Int($0)] } } ?? drawn
  }

  /// What `statistics` makes of every round, in order; rounds are computed in parallel.
  public func evaluate(
    rounds: Int, _ statistics: @Sendable (_ counts: [Int32]) -> [Double]
  ) -> [[Double]] {
    var results = [[Double]](repeating: [], count: rounds)
    results.withUnsafeMutableBufferPointer { buffer in
      nonisolated(unsafe) let slots = buffer
      parallelFor(count: rounds, grain: 8) { range in
        for round in range { slots[round] = statistics(counts(round: round)) }
      }
    }
    return results
  }
}

extension ConfidenceInterval {
  /// The middle of `values`, cut off as much at both ends (Efron's percentile interval), with numpy's linear interpolation.
  public static func percentile(of values: [Double], level: Double = 0.95) -> ConfidenceInterval {
    let sorted = values.sorted()
    func quantile(_ fraction: Double) -> Double {
      guard let last = sorted.last else { return .nan }
      let position = min(max(fraction, 0), 1) * Double(sorted.count - 1)
      let below = Int(position)
      guard below + 1 < sorted.count else { return last }
      return sorted[below] + (sorted[below + 1] - sorted[below]) * (position - Double(below))
    }
    return ConfidenceInterval(lower: quantile((1 - level) / 2), upper: quantile((1 + level) / 2))
  }
}
