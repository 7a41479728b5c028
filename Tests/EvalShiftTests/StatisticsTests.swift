import EvalShift
import Testing

@Suite("Statistics")
struct StatisticsTests {
  @Test(
    "the regularised incomplete beta function equals scipy's",
    arguments: [
      (0.5, 0.5, 0.3, 0.36901011956554536), (2, 3, 0.9, 0.9963), (30, 70, 0.25, 0.1358149042834277),
      (5000, 5000, 0.49, 0.02274203232457461), (40500, 9501, 0.81, 0.5027438302756688),
      (1, 50000, 1e-5, 0.3934708566222294),
    ])
  func incompleteBeta(a: Double, b: Double, x: Double, expected: Double) {
    let value = BetaDistribution(a: a, b: b).cumulative(x)
    #expect(abs(value - expected) < 1e-9 * expected)
  }

  @Test("its inverse undoes it", arguments: [1e-6, 0.025, 0.5, 0.975])
  func inverseBeta(probability: Double) {
    let beta = BetaDistribution(a: 12.5, b: 480)
    #expect(isClose(beta.cumulative(beta.quantile(probability)), probability, within: 1e-10))
  }

  @Test(
    "the Clopper-Pearson interval equals scipy's",
    arguments: [
      (0, 10, 0, 0.3084971078187607), (10, 10, 0.6915028921812392, 1),
      (1, 3, 0.008403758659612643, 0.9057006759497539), (7, 10, 0.34754714994000274, 0.9332604888222655),
      (50, 100, 0.398321129503301, 0.601678870496699), (6769, 10000, 0.6676334978923422, 0.6860633771936879),
      (40500, 50000, 0.8065334367535599, 0.8134305365785921),
      (1, 50000, 5.063560314875393e-07, 0.00011142777363894384),
      (49999, 50000, 0.9998885722263611, 0.9999994936439686),
    ])
  func clopperPearson(successes: Int, trials: Int, lower: Double, upper: Double) {
    let interval = ConfidenceBounds.clopperPearson(successes: successes, trials: trials)
    #expect(abs(interval.lower - lower) <= 1e-9 * lower)
    #expect(abs(interval.upper - upper) <= 1e-9)
  }

  @Test("without trials, the interval says nothing")
  func noTrials() {
    #expect(ConfidenceBounds.clopperPearson(successes: 0, trials: 0) == ConfidenceBounds(lower: 0, upper: 1))
  }

  @Test(
    "McNemar's exact test equals scipy's binomial test",
    arguments: [
      (0, 0, 1), (5, 5, 1), (1, 9, 0.021484375), (10, 30, 0.0022214337732293643),
      (1000, 1100, 0.03072070786424249),
    ])
  func mcNemar(first: Int, second: Int, expected: Double) {
    #expect(isClose(McNemarTest(onlyFirst: first, onlySecond: second).pValue, expected, within: 1e-9))
    #expect(isClose(McNemarTest(onlyFirst: second, onlySecond: first).pValue, expected, within: 1e-9))
  }

  @Test("the paired bootstrap finds the difference, spreads as theory says, and repeats itself")
  func pairedBootstrap() throws {
    // 1,000 images of which 100 are right only by the first model and 160 only by the second.
    let (first, second) = try twoModels(onlyFirst: 100, onlySecond: 160, both: 500, neither: 240)
    let result = try PairedBootstrap(first: first, second: second, rounds: 4000, seed: 1)
    #expect(isClose(result.difference, 0.06, within: 1e-12))
    let standardError = ((0.26 - 0.06 * 0.06) / 1000.0).squareRoot()
    #expect(abs(result.bounds.lower - (0.06 - 1.96 * standardError)) < 0.003)
    #expect(abs(result.bounds.upper - (0.06 + 1.96 * standardError)) < 0.003)
    #expect(try PairedBootstrap(first: first, second: second, rounds: 4000, seed: 1) == result)
    #expect(try PairedBootstrap(first: first, second: second, rounds: 4000, seed: 2) != result)
  }

  private func twoModels(
    onlyFirst: Int, onlySecond: Int, both: Int, neither: Int
  ) throws -> (Predictions, Predictions) {
    func logits(_ correct: [(Bool, Int)]) -> [Float] {
      correct.flatMap { isRight, count in
        (0..<count).flatMap { _ -> [Float] in isRight ? [1, 0] : [0, 1] }
      }
    }
    let first = logits([(true, onlyFirst), (false, onlySecond), (true, both), (false, neither)])
    let second = logits([(false, onlyFirst), (true, onlySecond), (true, both), (false, neither)])
    let targets = [Int32](repeating: 0, count: onlyFirst + onlySecond + both + neither)
    return (
      try Predictions(logits: first, targets: targets),
      try Predictions(logits: second, targets: targets)
    )
  }
}

@Suite("Student's interval")
struct StudentIntervalTests {
  /// scipy.stats.t.ppf(0.975, df), SciPy 1.15.
  @Test(
    "has scipy's quantiles",
    arguments: [
      (1, 12.706204736174694), (2, 4.302652729749462), (4, 2.7764451051977934), (29, 2.045229642132703),
    ])
  func quantiles(degrees: Int, expected: Double) {
    #expect(abs(StudentInterval.quantile(degreesOfFreedom: degrees) - expected) < 1e-8)
  }

  @Test("of a mean is t · s / √n, and there is none of one value")
  func halfWidth() throws {
    let width = try #require(StudentInterval.halfWidth([1, 2, 3]))
    #expect(abs(width - 4.302652729749462 / 3.0.squareRoot()) < 1e-8)
    #expect(StudentInterval.halfWidth([1]) == nil)
    #expect(StudentInterval.halfWidth([0.5, 0.5]) == 0)
  }
}
