import EvalShift
import Testing

/// Intervals of proportions, and of the means of a few runs.
@Suite("Exact intervals")
struct IntervalTests {
  private struct BetaCase: Decodable {
    let a, b, x, cumulative: Double
  }

  @Test("the regularised incomplete beta function equals SciPy's, in the tails and for millions of trials")
  func incompleteBeta() throws {
    for one in try StatisticsFixture.cases("beta", as: [BetaCase].self) {
      let beta = BetaDistribution(a: one.a, b: one.b)
      #expect(agrees(beta.cumulative(one.x), with: one.cumulative), "\(one)")
      if one.cumulative > 1e-300, one.cumulative < 1 {
        #expect(agrees(beta.quantile(one.cumulative), with: one.x, within: 1e-8), "\(one)")
      }
    }
  }

  private struct BinomialCase: Decodable {
    let successes, trials: Int
    let level, lower, upper: Double
  }

  @Test("the Clopper-Pearson interval equals SciPy's, of one trial as of a million")
  func binomial() throws {
    for one in try StatisticsFixture.cases("binomial", as: [BinomialCase].self) {
      let interval = ConfidenceBounds.clopperPearson(
        successes: one.successes, trials: one.trials, level: one.level)
      #expect(agrees(interval.lower, with: one.lower), "\(one)")
      #expect(agrees(interval.upper, with: one.upper), "\(one)")
    }
  }

  private struct StudentCase: Decodable {
    let degrees: Int
    let level, quantile: Double
  }

  @Test("Student's t has SciPy's quantiles at any level")
  func student() throws {
    for one in try StatisticsFixture.cases("student", as: [StudentCase].self) {
      let quantile = StudentInterval.quantile(degreesOfFreedom: one.degrees, level: one.level)
      #expect(agrees(quantile, with: one.quantile), "\(one)")
    }
  }

  private struct StudentIntervalCase: Decodable {
    let values: [Double]
    let level, lower, upper: Double
  }

  @Test("the interval over seeds equals SciPy's; of one seed there is none")
  func studentIntervals() throws {
    for one in try StatisticsFixture.cases("student_intervals", as: [StudentIntervalCase].self) {
      let interval = try #require(try StudentInterval(of: one.values, level: one.level))
      #expect(agree([interval.bounds.lower, interval.bounds.upper], with: [one.lower, one.upper]), "\(one)")
      #expect(interval.count == one.values.count)
    }
    #expect(try StudentInterval(of: [0.7]) == nil)
    #expect(throws: EvaluationError.self) { try StudentInterval(of: [1, 2], level: 1) }
  }

  @Test("variances over seeds and over images are said apart, and add")
  func seedVariance() throws {
    let scores = [0.70, 0.72, 0.71]
    let variance = try SeedVariance(accuracies: scores, images: 1_000)
    #expect(agrees(variance.betweenSeeds, with: 1e-4))
    #expect(agrees(variance.betweenImages, with: 0.71 * 0.29 / 1_000))
    #expect(agrees(variance.combined, with: 1e-4 / 3 + 0.71 * 0.29 / 1_000))
    let student = try #require(try StudentInterval(of: scores))
    #expect(try variance.seedBounds() == student.bounds)
    let (seed, image) = try (#require(try variance.seedBounds()), variance.imageBounds())
    let both = try #require(try variance.combinedBounds())
    let halves = [seed, image, both].map { ($0.upper - $0.lower) / 2 }
    #expect(agrees(halves[2] * halves[2], with: halves[0] * halves[0] + halves[1] * halves[1]))
    #expect(agrees(image.upper, with: 0.71 + 1.959963984540054 * (0.71 * 0.29 / 1_000).squareRoot()))
  }

  @Test("one seed says nothing of the chance of seeds, and nothing is made of it")
  func oneSeed() throws {
    let variance = try SeedVariance(accuracies: [0.7], images: 100)
    #expect(variance.betweenSeeds == nil && variance.combined == nil)
    #expect(try variance.seedBounds() == nil && variance.combinedBounds() == nil)
    #expect(try variance.imageBounds().lower < 0.7)
    #expect(throws: EvaluationError.self) { try SeedVariance(accuracies: [], images: 100) }
    #expect(throws: EvaluationError.self) { try SeedVariance(accuracies: [1.2], images: 100) }
    #expect(throws: EvaluationError.self) { try SeedVariance(scores: [.nan], imageVariance: 0) }
    #expect(throws: EvaluationError.self) { try SeedVariance(scores: [1], imageVariance: -1) }
  }
}
