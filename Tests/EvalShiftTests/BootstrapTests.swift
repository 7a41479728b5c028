import EvalShift
import TensorCore
import Testing

@Suite("Bootstrap over images")
struct BootstrapTests {
  private struct Case: Decodable {
    let distribution: [Double]
    let level, variance: Double
    let percentile: [Double]
  }

  @Test("percentile intervals equal SciPy's of the same rounds")
  func intervals() throws {
    for one in try StatisticsFixture.cases("bootstrap", as: [Case].self) {
      let distribution = BootstrapDistribution(one.distribution.reversed())
      let percentile = try #require(try distribution.interval(level: one.level))
      #expect(agree([percentile.lower, percentile.upper], with: one.percentile))
      #expect(agrees(distribution.variance, with: one.variance))
    }
  }

  @Test("as many images are drawn as there are, uniformly")
  func uniform() throws {
    let counts = try BootstrapCounts(images: 50, rounds: 4_000, seed: 3)
    var (totals, squares) = ([Int](repeating: 0, count: 50), 0.0)
    for round in 0..<4_000 {
      let drawn = counts.counts(round: round)
      #expect(drawn.reduce(0) { $0 + Int($1) } == 50 && drawn.count == 50)
      for (image, count) in drawn.enumerated() { totals[image] += Int(count) }
      squares += drawn.reduce(0) { $0 + Double(($1 - 1) * ($1 - 1)) }
    }
    // Each is a binomial of 200,000 draws with chance 1/50; five standard deviations.
    let deviation = (200_000.0 * 0.02 * 0.98).squareRoot()
    #expect(totals.allSatisfy { abs(Double($0) - 4_000) < 5 * deviation })
    // A count has variance 1 − 1/n.
    #expect(abs(squares / 200_000 - 0.98) < 0.02)
  }

  @Test("the draws are a function of images, seed and round alone")
  func reproducible() throws {
    let counts = try BootstrapCounts(images: 10, rounds: 3, seed: 7)
    #expect(counts.counts(round: 0) == Self.golden[0])
    #expect(counts.counts(round: 2) == Self.golden[1])
    #expect(try BootstrapCounts(images: 10, rounds: 3, seed: 8).counts(round: 0) != Self.golden[0])
    let all = counts.evaluate { counts in Double(counts[0]) * 100 + Double(counts[9]) }
    let single = (0..<3).map { round in
      let drawn = counts.counts(round: round)
      return Double(drawn[0]) * 100 + Double(drawn[9])
    }
    #expect(all.sorted == single.sorted())
  }

  /// Written down when they were first drawn: other draws would change published intervals.
  private static let golden: [[Int32]] = [[1, 1, 0, 1, 1, 1, 1, 1, 2, 1], [1, 0, 3, 0, 1, 1, 2, 1, 1, 0]]

  @Test("the variance of a mean is what theory says", arguments: [0.1, 0.5, 0.98])
  func variance(accuracy: Double) throws {
    let images = 1_000
    let right = Int(accuracy * Double(images))
    let counts = try BootstrapCounts(images: images, rounds: 4_000, seed: 4)
    let values = counts.evaluate { counts in Double(counts[..<right].reduce(0, +)) / Double(images) }
    let expected = accuracy * (1 - accuracy) / Double(images)
    // A variance of 4,000 rounds has a relative error of √(2/4000); four of them.
    #expect(abs(try #require(values.variance) / expected - 1) < 4 * (2.0 / 4_000).squareRoot())
    let bounds = try #require(try values.interval())
    let half = 1.959964 * expected.squareRoot()
    // The percentiles' own error: √(q(1−q)/rounds) over the density there, three times, and the step of one image.
    let error = 3 * (0.025 * 0.975 / 4_000.0).squareRoot() / 0.0584 * expected.squareRoot() + 1e-3
    #expect(abs(bounds.lower - (accuracy - half)) < error && abs(bounds.upper - (accuracy + half)) < error)
  }

  @Test("whole clusters are drawn, and widen the interval by what their images have in common")
  func clusters() throws {
    // 100 clusters of ten images that are all right or all wrong.
    let clusters = (0..<1_000).map { Int32($0 % 100) }
    let right = clusters.map { $0 < 60 }
    let counts = try BootstrapCounts(clusters: clusters, rounds: 4_000, seed: 2)
    #expect(counts.units == 100 && counts.images == 1_000)
    let drawn = counts.counts(round: 5)
    for (image, cluster) in clusters.enumerated() { #expect(drawn[image] == drawn[Int(cluster)]) }
    let pair = try PairedBootstrap(
      first: [Bool](repeating: false, count: 1_000), second: right, counts: counts)
    #expect(agrees(pair.difference, with: 0.6))
    let expected = 0.6 * 0.4 / 100
    #expect(abs(try #require(pair.variance) / expected - 1) < 4 * (2.0 / 4_000).squareRoot())
  }

  @Test("clusters of different sizes change how many images a round has, and shares stay shares")
  func unevenClusters() throws {
    let counts = try BootstrapCounts(clusters: [0, 1, 1, 1, 1, 1], rounds: 200, seed: 0)
    let totals = Set((0..<200).map { counts.counts(round: $0).reduce(0, +) })
    #expect(totals == [2, 6, 10])
    let pair = try PairedBootstrap(
      first: [Bool](repeating: false, count: 6), second: [true, false, false, false, false, false],
      counts: counts)
    #expect(pair.bounds.lower == 0 && pair.bounds.upper == 1)
  }

  @Test("rounds without a value are counted, and an interval needs one")
  func undefined() throws {
    let counts = try BootstrapCounts(images: 2, rounds: 1_000, seed: 0)
    let values = counts.evaluate { $0[0] == 0 ? nil : Double($0[1]) / Double($0[0]) }
    #expect(values.undefined + values.sorted.count == 1_000)
    #expect(abs(Double(values.undefined) - 250) < 5 * (1_000 * 0.25 * 0.75).squareRoot())
    let none = counts.evaluate { _ in .nan }
    #expect(none.undefined == 1_000 && none.variance == nil)
    #expect(try none.interval() == nil)
  }

  @Test("one image has nothing to vary, and that is what its interval says")
  func oneImage() throws {
    let counts = try BootstrapCounts(images: 1, rounds: 10)
    let pair = try PairedBootstrap(first: [true], second: [false], counts: counts)
    #expect(pair.difference == -1 && pair.bounds == ConfidenceBounds(lower: -1, upper: -1))
  }

  @Test("what cannot be drawn is refused")
  func refused() {
    #expect(throws: EvaluationError.self) { try BootstrapCounts(images: 0) }
    #expect(throws: EvaluationError.self) { try BootstrapCounts(images: 5, rounds: 0) }
    #expect(throws: EvaluationError.self) { try BootstrapCounts(clusters: []) }
    #expect(throws: EvaluationError.self) { try BootstrapCounts(clusters: [0, 2, 2]) }
    #expect(throws: EvaluationError.self) { try BootstrapCounts(clusters: [0, -1]) }
    #expect(throws: EvaluationError.self) { try BootstrapCounts(clusters: [0, .max]) }
    #expect(throws: EvaluationError.self) { try BootstrapDistribution([1, 2]).interval(level: 95) }
    #expect(throws: EvaluationError.self) {
      try PairedBootstrap(first: [true], second: [true, false], counts: BootstrapCounts(images: 2))
    }
  }

  @Test("Holm's correction equals statsmodels', ties and all")
  func holm() throws {
    struct Case: Decodable {
      let p, adjusted: [Double]
    }
    for one in try StatisticsFixture.cases("holm", as: [Case].self) {
      #expect(agree(try HolmCorrection.adjust(one.p), with: one.adjusted), "\(one)")
    }
    #expect(throws: EvaluationError.self) { try HolmCorrection.adjust([0.1, .nan]) }
    #expect(throws: EvaluationError.self) { try HolmCorrection.adjust([1.1]) }
  }

  @Test("McNemar's exact test equals statsmodels', of no discordant image as of a million")
  func mcNemar() throws {
    struct Case: Decodable {
      let onlyFirst, onlySecond: Int
      let p: Double
    }
    for one in try StatisticsFixture.cases("mcnemar", as: [Case].self) {
      #expect(
        agrees(McNemarTest(onlyFirst: one.onlyFirst, onlySecond: one.onlySecond).pValue, with: one.p),
        "\(one)")
    }
  }
}
