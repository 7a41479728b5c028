import EvalShift
import Foundation
import TensorCore
import Testing

@Suite("Intervals of outlier detection")
struct OutlierScoreTests {
  /// Normal scores, those inside `shift` higher.
  private static func detection(_ inside: Int, _ outside: Int, shift: Double) throws -> OutlierDetection {
    var random = SeededRandom(5)
    func normal() -> Double {
      let (u, v) = (Double(1 + random.int(below: 1 << 30)), Double(random.int(below: 1 << 30)))
      return (-2 * log(u / Double(1 << 30))).squareRoot() * cos(2 * .pi * v / Double(1 << 30))
    }
    let known = (0..<inside).map { _ in normal() + shift }
    return try OutlierDetection(inside: known, outside: (0..<outside).map { _ in normal() })
  }

  @Test(
    "The interval of the area is as wide as DeLong's variance of two normal sets has it, and shrinks with either set"
  )
  func width() throws {
    let few = try Self.detection(200, 200, shift: 1).score()
    let interval = try #require(few.areaInterval)
    #expect(interval.lower < few.areaUnderROC && few.areaUnderROC < interval.upper)
    // Hanley & McNeil (1982): the standard error of an area A of n and m images.
    let (a, n) = (few.areaUnderROC, 200.0)
    let (q1, q2) = (a / (2 - a), 2 * a * a / (1 + a))
    let variance = (a * (1 - a) + (n - 1) * (q1 - a * a) + (n - 1) * (q2 - a * a)) / (n * n)
    let ratio = (interval.upper - interval.lower) / (2 * 1.96 * variance.squareRoot())
    #expect(0.85 < ratio && ratio < 1.15, "\(ratio)")
    // Either set alone being large leaves the noise of the other.
    for (inside, outside) in [(2_000, 200), (200, 2_000)] {
      let more = try #require(try Self.detection(inside, outside, shift: 1).score().areaInterval)
      let share = (more.upper - more.lower) / (interval.upper - interval.lower)
      #expect(0.5 < share && share < 0.95, "\(share)")
    }
    let rate = try #require(few.rateInterval)
    #expect(
      rate.lower <= few.falsePositiveRate && few.falsePositiveRate <= rate.upper && rate.lower < rate.upper)
  }

  @Test("Sets that do not overlap are told apart in every draw; the same seed draws the same")
  func ends() throws {
    let apart = try OutlierDetection(inside: [3, 4, 5], outside: [0, 1, 2]).score()
    #expect(apart.areaUnderROC == 1 && apart.areaInterval == ConfidenceBounds(lower: 1, upper: 1))
    #expect(apart.falsePositiveRate == 0 && apart.rateInterval == ConfidenceBounds(lower: 0, upper: 0))
    let detection = try Self.detection(50, 40, shift: 0.5)
    #expect(try detection.score() == detection.score())
    #expect(try detection.score() != detection.score(resampling: Resampling(seed: 1)))
  }
}
