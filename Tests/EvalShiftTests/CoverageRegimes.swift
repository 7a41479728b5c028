import EvalShift
import Foundation
import TensorCore
import Testing

/// Data whose truth is known, and an interval of it.
struct CoverageRegime: Sendable, CustomTestStringConvertible {
  let name: String
  /// How many images, clusters, seeds or models there are.
  let units: Int
  /// The coverage that is claimed of the nominal 95%.
  let claim: ClosedRange<Double>
  /// Draws data anew and says whether the interval holds the truth.
  let trial: @Sendable (_ random: inout SeededRandom) throws -> Bool

  var testDescription: String { name }

  /// The share of `draws` whose interval holds the truth.
  func coverage(draws: Int) throws -> Double {
    var held = 0
    for draw in 0..<draws {
      var random = SeededRandom(2026, UInt64(draw))
      if try trial(&random) { held += 1 }
    }
    return Double(held) / Double(draws)
  }

  static let nominal = 0.94...0.96

  static let all: [CoverageRegime] =
    [accuracy(0.75, of: 1_000), accuracy(0.9, of: 1_000), accuracy(0.98, of: 1_000), accuracy(0.75, of: 100)]
    // Two errors expected: one time in eight there is none, and every draw is alike.
    + [accuracy(0.98, of: 100, claim: 0.84...0.90)]
    + [accuracy(0.75, of: 30), difference(0.10, 0.06, of: 1_000), difference(0.02, 0.01, of: 1_000)]
    + [difference(0.10, 0.06, of: 200), clusters(100), clusters(20), clusters(10)]
    + [loss(of: 1_000), loss(of: 200), loss(of: 50, claim: 0.925...0.95)]
    + [student(2), student(3), student(5), student(10)]
    + [seeds(2, claim: 0.94...0.99), seeds(3, claim: 0.94...0.98), seeds(5, claim: 0.94...0.97), seeds(10)]
    + [models(93), models(40), models(15)]
    + [contrast(0.10, 0.06, of: 1_000), contrast(0.10, 0.06, of: 50, claim: 0.94...0.99)]
    // Three images expected to differ: it errs on the safe side.
    + [contrast(0.02, 0.01, of: 100, claim: 0.95...1)]

  /// The percentile interval of an accuracy.
  private static func accuracy(
    _ accuracy: Double, of images: Int, claim: ClosedRange<Double> = nominal
  ) -> CoverageRegime {
    CoverageRegime(
      name: "accuracy \(accuracy) of \(images) images", units: images, claim: claim
    ) { random in
      let correct = random.hits(images, accuracy)
      let counts = try BootstrapCounts(images: images, seed: random.next())
      let none = [Bool](repeating: false, count: images)
      return try PairedBootstrap(first: none, second: correct, counts: counts).bounds.holds(accuracy)
    }
  }

  /// The percentile interval of a difference in accuracy, by the shares of images that only one model gets right.
  private static func difference(_ first: Double, _ second: Double, of images: Int) -> CoverageRegime {
    CoverageRegime(
      name: "difference on \(images) images, \(first) and \(second) discordant", units: images, claim: nominal
    ) { random in
      let draws = (0..<images).map { _ in random.unit() }
      return try PairedBootstrap(
        first: draws.map { $0 < first || $0 > 0.5 },
        second: draws.map { $0 >= first && $0 < first + second || $0 > 0.5 },
        counts: BootstrapCounts(images: images, seed: random.next())
      ).bounds.holds(second - first)
    }
  }

  /// The interval of a difference in accuracy of one seed, by the shares of images that only one model gets right.
  private static func contrast(
    _ first: Double, _ second: Double, of images: Int, claim: ClosedRange<Double> = nominal
  ) -> CoverageRegime {
    CoverageRegime(
      name: "contrast on \(images) images, \(first) and \(second) discordant", units: images, claim: claim
    ) { random in
      let scores = (0..<images).map { _ in
        let draw = random.unit()
        return draw < first ? -1.0 : draw < first + second ? 1 : 0
      }
      return try SeededContrast(
        ofSeeds: [scores.reduce(0, +) / Double(images)], sets: [.init(scores: scores, bound: 1)]
      ).bounds().holds(second - first)
    }
  }

  /// Clusters of ten images that are easy or hard together: accuracy 0.9 or 0.4.
  private static func clusters(_ count: Int) -> CoverageRegime {
    CoverageRegime(name: "\(count) clusters of ten images", units: count, claim: nominal) { random in
      let correct = (0..<count).flatMap { _ in random.hits(10, random.unit() < 0.5 ? 0.9 : 0.4) }
      let clusters = correct.indices.map { Int32($0 / 10) }
      let none = [Bool](repeating: false, count: correct.count)
      return try PairedBootstrap(
        first: none, second: correct, counts: BootstrapCounts(clusters: clusters, seed: random.next())
      ).bounds.holds(0.65)
    }
  }

  /// The mean of losses, which are skewed.
  private static func loss(
    of images: Int, claim: ClosedRange<Double> = nominal
  ) -> CoverageRegime {
    CoverageRegime(
      name: "mean loss of \(images) images", units: images,
      claim: claim
    ) { random in
      let losses = (0..<images).map { _ in -log(1 - random.unit()) }
      let counts = try BootstrapCounts(images: images, seed: random.next())
      let mean: @Sendable ([Int32]) -> Double? = { counts in
        var (sum, n) = (0.0, 0.0)
        for (loss, count) in zip(losses, counts) {
          sum += Double(count) * loss
          n += Double(count)
        }
        return sum / n
      }
      let distribution = counts.evaluate(mean)
      let bounds = try distribution.interval()
      return try #require(bounds).holds(1)
    }
  }

  /// Student's interval over runs.
  private static func student(_ count: Int) -> CoverageRegime {
    CoverageRegime(name: "Student's over \(count) seeds", units: count, claim: nominal) { random in
      let values = (0..<count).map { _ in 0.7 + 0.01 * Double(random.normal()) }
      return try #require(try StudentInterval(of: values)).bounds.holds(0.7)
    }
  }

  /// Runs of standard deviation 0.01, on images that raise or lower all alike by as much.
  private static func seeds(_ count: Int, claim: ClosedRange<Double> = nominal) -> CoverageRegime {
    CoverageRegime(name: "images and \(count) seeds", units: count, claim: claim) { random in
      let images = 0.01 * Double(random.normal())
      let values = (0..<count).map { _ in 0.7 + images + 0.01 * Double(random.normal()) }
      let bounds = try SeedVariance(scores: values, imageVariance: 1e-4).combinedBounds()
      return try #require(bounds).holds(0.7)
    }
  }

  /// Effective robustness of a model, against others that scatter about a line.
  private static func models(_ count: Int) -> CoverageRegime {
    CoverageRegime(name: "effective robustness against \(count) models", units: count, claim: nominal) {
      random in
      let models = (0..<count).map { _ in
        let x = -0.5 + 2 * random.unit()
        return (target: logistic(x), shift: logistic(0.9 * x - 0.6 + 0.25 * Double(random.normal())))
      }
      let result = try EffectiveRobustness(target: 0.75, shift: 0.7, models: models, seed: random.next())
      return try #require(result.bounds).holds(0.7 - logistic(0.9 * log(3) - 0.6))
    }
  }
}

private func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

extension SeededRandom {
  /// Uniform in [0, 1), with 53 random bits.
  fileprivate mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  fileprivate mutating func hits(_ count: Int, _ chance: Double) -> [Bool] {
    (0..<count).map { _ in unit() < chance }
  }
}

extension ConfidenceBounds {
  fileprivate func holds(_ truth: Double) -> Bool { lower <= truth && truth <= upper }
}
