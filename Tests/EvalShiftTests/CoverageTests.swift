import EvalShift
import Foundation
import Testing

/// How often intervals hold what they are about.
@Suite("Coverage of intervals")
struct CoverageTests {
  private static let isSlow = ProcessInfo.processInfo.environment["CLIPFT_SLOW_TESTS"] != nil

  /// Whether a coverage measured over as many draws is what is claimed, to `deviations` of that measurement.
  private func expect(_ regime: CoverageRegime, draws: Int, deviations: Double) throws {
    let coverage = try regime.coverage(draws: draws)
    let slack = deviations * (0.95 * 0.05 / Double(draws)).squareRoot()
    #expect(
      coverage >= regime.claim.lowerBound - slack && coverage <= regime.claim.upperBound + slack,
      "\(regime.name): \(coverage)")
  }

  @Test(
    "every interval covers about what it says: finds what is broken, and not one percent",
    arguments: CoverageRegime.all.filter { $0.units <= 100 })
  func quick(_ regime: CoverageRegime) throws { try expect(regime, draws: 200, deviations: 4) }

  @Test(
    "every interval covers what it says, to two standard deviations of 4,000 draws", .enabled(if: isSlow),
    arguments: CoverageRegime.all)
  func thorough(_ regime: CoverageRegime) throws { try expect(regime, draws: 4_000, deviations: 2) }

  @Test(
    "the exact interval of a proportion never covers less than it says, whatever the proportion",
    arguments: [0.9, 0.95, 0.99])
  func exact(level: Double) {
    for trials in [1, 2, 3, 5, 10, 30, 100, 400] {
      let intervals = (0...trials).map {
        ConfidenceBounds.clopperPearson(successes: $0, trials: trials, level: level)
      }
      // Coverage jumps at the bounds: there, on either side, it is at its lowest.
      var proportions = (1..<100).map { Double($0) / 100 }
      for interval in intervals {
        for bound in [interval.lower, interval.upper] where bound > 0 && bound < 1 {
          proportions += [bound - 1e-9, bound + 1e-9].filter { $0 > 0 && $0 < 1 }
        }
      }
      for p in proportions {
        var coverage = 0.0
        for (successes, interval) in intervals.enumerated() where interval.lower <= p && p <= interval.upper {
          coverage += Self.binomial(successes, of: trials, p)
        }
        #expect(coverage >= level - 1e-6, "\(trials) trials, proportion \(p)")
      }
    }
  }

  private static func binomial(_ successes: Int, of trials: Int, _ p: Double) -> Double {
    let (k, n) = (Double(successes), Double(trials))
    let choices = lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
    return exp(choices + k * log(p) + (n - k) * log1p(-p))
  }
}
