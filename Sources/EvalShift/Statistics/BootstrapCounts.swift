import TensorCore

/// How often each image is drawn in each round of a bootstrap (Efron 1979): as many images as there are, with
/// replacement; or, where images belong together (frames of one video, crops of one photograph), as many whole clusters
/// as there are (Davison & Hinkley 1997, 3.8), after which the number of images differs from round to round.
///
/// The counts depend on nothing but the number of images (or the clusters), the seed and the round: they are the same
/// on every machine and with any number of threads. Statistics that are evaluated on the same counts are paired.
public struct BootstrapCounts: Sendable, Equatable {
  /// Number of images.
  public let images: Int
  /// What is drawn: images, or clusters of them.
  public let units: Int
  public let rounds: Int
  public let seed: UInt64
  /// The cluster of each image; nil where images are drawn.
  private let clusterOfImage: [Int32]?

  /// The default of `rounds`: the percentiles of a 95% interval then vary by about a tenth of its half-width with the
  /// seed.
  public static let defaultRounds = 1_000

  /// Draws among `images`; throws where there are none, or no rounds.
  public init(images: Int, rounds: Int = defaultRounds, seed: UInt64 = 0) throws(EvaluationError) {
    try self.init(images: images, units: images, clusters: nil, rounds: rounds, seed: seed)
  }

  /// Draws among clusters, of which `clusters` [images] has the index of each image's; they are numbered from 0, and
  /// each has images.
  public init(
    clusters: [Int32], rounds: Int = defaultRounds, seed: UInt64 = 0
  ) throws(EvaluationError) {
    guard let highest = clusters.max() else { throw .noPredictions }
    guard let lowest = clusters.min(), lowest >= 0, Int(highest) < clusters.count else {
      throw .statistic("clusters are numbered from 0 without gaps, and \(highest) is too high a number")
    }
    var isUsed = [Bool](repeating: false, count: Int(highest) + 1)
    for cluster in clusters { isUsed[Int(cluster)] = true }
    if let empty = isUsed.firstIndex(of: false) {
      throw .statistic("cluster \(empty) has no images: number the clusters from 0 without gaps")
    }
    try self.init(
      images: clusters.count, units: isUsed.count, clusters: clusters, rounds: rounds, seed: seed)
  }

  private init(
    images: Int, units: Int, clusters: [Int32]?, rounds: Int, seed: UInt64
  ) throws(EvaluationError) {
    guard images > 0 else { throw .noPredictions }
    guard rounds > 0 else { throw .statistic("a bootstrap takes at least one round, not \(rounds)") }
    self.images = images
    self.units = units
    self.rounds = rounds
    self.seed = seed
    clusterOfImage = clusters
  }

  /// How often each image is drawn in `round`.
  public func counts(round: Int) -> [Int32] {
    var counts = [Int32](repeating: 0, count: images)
    var drawn = [Int32](repeating: 0, count: clusterOfImage == nil ? 0 : units)
    fill(&counts, drawn: &drawn, round: round)
    return counts
  }

  /// Evaluates a statistic on the counts of each round, the rounds in parallel; nil, and what is no finite number,
  /// stands for a round in which the statistic has no meaning.
  public func evaluate(_ statistic: @Sendable (_ counts: [Int32]) -> Double?) -> BootstrapDistribution {
    BootstrapDistribution(rounds: rounds { statistic($0) }, units: units)
  }

  /// The same of several statistics, for which each round is drawn once.
  public func evaluate(_ statistics: [SampleStatistic]) -> [BootstrapDistribution] {
    let values = rounds { counts in statistics.map { $0.value(counting: counts) } }
    return statistics.indices.map { place in
      BootstrapDistribution(rounds: values.map { $0[place] }, units: units)
    }
  }

  private func fill(_ counts: inout [Int32], drawn: inout [Int32], round: Int) {
    var random = SeededRandom(seed, UInt64(round))
    guard let clusterOfImage else {
      Self.draw(&random, into: &counts)
      return
    }
    Self.draw(&random, into: &drawn)
    for image in 0..<images { counts[image] = drawn[Int(clusterOfImage[image])] }
  }

  private static func draw(_ random: inout SeededRandom, into counts: inout [Int32]) {
    counts.withUnsafeMutableBufferPointer { counts in
      counts.update(repeating: 0)
      for _ in 0..<counts.count { counts[random.int(below: counts.count)] += 1 }
    }
  }

  /// What `body` makes of each round, in their order, so that two may be subtracted; rounds share the memory of their counts.
  public func rounds<Value: Sendable>(_ body: @Sendable (_ counts: [Int32]) -> Value) -> [Value] {
    [Value](unsafeUninitializedCapacity: rounds) { output, initialized in
      nonisolated(unsafe) let output = output
      parallelFor(count: rounds, grain: 8) { range in
        var counts = [Int32](repeating: 0, count: images)
        var drawn = [Int32](repeating: 0, count: clusterOfImage == nil ? 0 : units)
        for round in range {
          fill(&counts, drawn: &drawn, round: round)
          output.initializeElement(at: round, to: body(counts))
        }
      }
      initialized = rounds
    }
  }
}
