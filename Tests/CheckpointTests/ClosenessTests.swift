import TestSupport
import Testing

/// The tests' own measure: it must fail when it should.
@Suite struct ClosenessTests {
  @Test func numbersWithinToleranceAreClose() {
    expectClose([1, 2, .infinity, .nan], [1.05, 2, .infinity, .nan], absolute: 0.1)
    expectClose([1000], [1001], relative: 0.01)
    expectClose([], [])
  }

  private static let different: [(actual: [Float], expected: [Float])] = [
    ([1], [1.2]), ([1], [.nan]), ([.nan], [1]), ([.infinity], [1]), ([1], [-.infinity]),
    ([.infinity], [-.infinity]), ([1, 2], [1]), ([], [1]),
  ]

  @Test(arguments: different)
  func numbersBeyondItAreNot(actual: [Float], expected: [Float]) {
    withKnownIssue { expectClose(actual, expected, absolute: 0.1, relative: 0.01) }
  }

  @Test func theWorstIsReported() {
    withKnownIssue {
      expectClose([1, 5, 3], [1, 2, 2], absolute: 0.1)
    } matching: { issue in
      issue.comments.contains { "\($0)".contains("2 of 3") && "\($0)".contains("index 1") }
    }
  }
}
