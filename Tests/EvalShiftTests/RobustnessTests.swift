import EvalShift
import Testing

@Suite("Robustness")
struct RobustnessTests {
  private let models: [(target: Double, shift: Double)] = [
    (0.55, 0.43), (0.63, 0.5), (0.7, 0.58), (0.76, 0.66), (0.8, 0.7),
  ]

  @Test("the line through standard models equals scipy's regression of logits")
  func line() throws {
    let line = try AccuracyLine(through: models)
    #expect(isClose(line.slope, 0.9771647655874758, within: 1e-12))
    #expect(isClose(line.intercept, -0.4947165911785075, within: 1e-12))
    #expect(isClose(line.determination, 0.9974482963872423, within: 1e-12))
    #expect(isClose(line.expectedShift(atTarget: 0.78), 0.6774435336679439, within: 1e-12))
    #expect(
      isClose(line.effectiveRobustness(target: 0.78, shift: 0.7), 0.7 - 0.6774435336679439, within: 1e-12))
  }

  @Test("accuracies of 0 and 1 do not break the line")
  func extremes() throws {
    let line = try AccuracyLine(through: [(0, 0), (1, 1)])
    #expect(isClose(line.expectedShift(atTarget: 0.5), 0.5))
  }

  @Test("a line needs two different models")
  func degenerate() {
    #expect(throws: EvaluationError.self) { try AccuracyLine(through: [(0.5, 0.4)]) }
    #expect(throws: EvaluationError.self) { try AccuracyLine(through: [(0.5, 0.4), (0.5, 0.3)]) }
  }

  @Test("relative robustness is the gain under shift")
  func relative() { #expect(isClose(relativeRobustness(shift: 0.6, baselineShift: 0.55), 0.05)) }
}
