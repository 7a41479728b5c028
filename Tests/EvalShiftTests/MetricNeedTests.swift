import EvalShift
import Testing

@Suite("What metrics need")
struct MetricNeedTests {
  @Test("A metric that changes where logits are multiplied, which changes no order, needs probabilities")
  func probabilities() throws {
    let (plain, targets) = (SampleLogits.first, SampleLogits.targets)
    let scaled = plain.map { $0 * 3 }
    let (one, other) = (
      try Predictions(logits: plain, targets: targets), try Predictions(logits: scaled, targets: targets)
    )
    for metric in MetricRegistry.all where !metric.needs.contains(.probabilities) {
      #expect(metric.value(of: one) == metric.value(of: other), "\(metric.key)")
    }
    let excess = ExcessAreaUnderRiskCoverage()
    #expect(excess.needs.contains(.probabilities) && MaximumCalibrationError().needs.contains(.probabilities))
  }

  @Test("The interval of a mean over seeds is that of one run, widened by what the seeds do")
  func seeds() throws {
    let own = [ConfidenceBounds(lower: 0.6, upper: 0.9), ConfidenceBounds(lower: 0.7, upper: 1)]
    #expect(SeedInterval.bounds(of: [0.8], own: [own[0]]) == own[0])
    #expect(SeedInterval.bounds(of: [0.8, 0.9], own: [own[0]]) == nil)
    let both = try #require(SeedInterval.bounds(of: [0.8, 0.9], own: own, limits: 0...1))
    // Distances of 0.2 and 0.1 from the images; of the seeds, t(1) = 12.706 times the standard error 0.05.
    #expect(both.lower >= 0 && isClose(both.lower, 0.85 - (0.2 * 0.2 + 0.6353102 * 0.6353102).squareRoot()))
    #expect(both.upper == 1)
  }
}
