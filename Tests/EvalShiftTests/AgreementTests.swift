import EvalShift
import TensorCore
import Testing

@Suite("Agreement of models")
struct AgreementTests {
  private struct Agreement: Decodable {
    let first, second: [Int32]
    let share: Double
    let kappa: Double?
  }

  @Test("agreement and kappa of predictions equal scikit-learn's; kappa has no value where chance is certain")
  func predictions() throws {
    for one in try StatisticsFixture.cases("agreement", as: [Agreement].self) {
      for (first, second) in [(one.first, one.second), (one.second, one.first)] {
        let agreement = try PredictionAgreement(first, second)
        #expect(
          agrees(agreement.share, with: one.share) && agrees(agreement.kappa, with: one.kappa), "\(one)")
      }
    }
    #expect(throws: EvaluationError.noPredictions) { try PredictionAgreement([], []) }
    #expect(throws: EvaluationError.self) { try PredictionAgreement([1], [1, 2]) }
  }

  private struct Errors: Decodable {
    let first, second: [Int]
    let kappa: Double?
    let exactlyOne, oracle: Double
  }

  @Test("error consistency equals scikit-learn's kappa of being right")
  func errors() throws {
    for one in try StatisticsFixture.cases("errors", as: [Errors].self) {
      let errors = try ErrorConsistency(one.first.areTrue, one.second.areTrue)
      #expect(agrees(errors.kappa, with: one.kappa), "\(one)")
      #expect(agrees(errors.exactlyOneRight, with: one.exactlyOne))
      #expect(agrees(errors.oracleAccuracy, with: one.oracle))
      #expect(
        errors.bothCorrect + errors.onlyFirst + errors.onlySecond + errors.neitherCorrect == one.first.count)
    }
    #expect(throws: EvaluationError.noPredictions) { try ErrorConsistency([], []) }
    #expect(throws: EvaluationError.self) { try ErrorConsistency([true], []) }
  }

  private struct Overlap: Decodable {
    let confidences: [[Double]]
    let correct: [[Int]]
    let size: Int
    let least, wrong: Bool
    let regions: [String: Int]
  }

  @Test("overlaps of confident predictions equal those of sets, ties by the order of images")
  func overlap() throws {
    for one in try StatisticsFixture.cases("overlap", as: [Overlap].self) {
      let overlap = try ConfidentOverlap(
        confidences: one.confidences, correct: one.correct.map(\.areTrue), size: one.size,
        leastConfident: one.least, wrongOnly: one.wrong)
      let expected = Dictionary(
        uniqueKeysWithValues: try one.regions.map { (try #require(UInt32($0.key)), $0.value) })
      #expect(overlap.regions == expected)
    }
    #expect(throws: EvaluationError.self) { try ConfidentOverlap([], size: 1) }
    #expect(throws: EvaluationError.self) {
      try ConfidentOverlap(confidences: [[1]], correct: [[true]], size: 0)
    }
    #expect(throws: EvaluationError.self) {
      try ConfidentOverlap(confidences: [[1], [1, 2]], correct: [[true], [true, true]], size: 1)
    }
    #expect(throws: EvaluationError.self) { try ConfidentOverlap(confidences: [[1]], correct: [[]], size: 1) }
    let many = [[Double]](repeating: [1], count: 33)
    #expect(throws: EvaluationError.self) {
      try ConfidentOverlap(confidences: many, correct: many.map { _ in [true] }, size: 1)
    }
  }

  private struct Divergence: Decodable {
    let first, second: [Float]
    let classes: Int
    let kl: Double
  }

  @Test("divergences of softmaxes equal SciPy's, of certain models too")
  func divergences() throws {
    for one in try StatisticsFixture.cases("divergences", as: [Divergence].self) {
      let kl = try SoftmaxDivergence.kullbackLeibler(from: one.first, to: one.second, classCount: one.classes)
      #expect(agrees(kl, with: one.kl), "\(one.classes)")
    }
    #expect(throws: EvaluationError.self) {
      try SoftmaxDivergence.kullbackLeibler(from: [1], to: [.infinity], classCount: 1)
    }
    #expect(throws: EvaluationError.self) {
      try SoftmaxDivergence.kullbackLeibler(from: [1, 2], to: [1, 2], classCount: 0)
    }
    #expect(throws: EvaluationError.self) {
      try SoftmaxDivergence.kullbackLeibler(from: [1, 2], to: [1], classCount: 1)
    }
  }

  private struct Alignment: Decodable {
    let first, second: [Float]
    let widths: [Int]
    let cka: Double?
  }

  @Test("linear CKA equals NumPy's by Gram matrices, however the images are batched")
  func alignment() throws {
    for one in try StatisticsFixture.cases("cka", as: [Alignment].self) {
      let images = one.first.count / one.widths[0]
      for batch in [1, 7, images] {
        var cka = try LinearCKA(firstWidth: one.widths[0], secondWidth: one.widths[1])
        for start in stride(from: 0, to: images, by: batch) {
          let rows = start..<min(start + batch, images)
          try cka.add(
            first: Array(one.first[rows.lowerBound * one.widths[0]..<rows.upperBound * one.widths[0]]),
            second: Array(one.second[rows.lowerBound * one.widths[1]..<rows.upperBound * one.widths[1]]))
        }
        #expect(cka.images == images && agrees(cka.value, with: one.cka, within: 1e-8))
      }
    }
  }

  @Test("CKA of more than a block of images does not depend on threads, and is 1 of features with themselves")
  func alignmentBlocks() throws {
    var random = SeededRandom(1)
    let features = (0..<300 * 40).map { _ in random.normal() }
    var values: [Double?] = []
    for threads in [1, 2] {
      let before = threadCount
      setThreadCount(threads)
      defer { setThreadCount(before) }
      var cka = try LinearCKA(firstWidth: 40, secondWidth: 40)
      try cka.add(first: features, second: features.map { 3 * $0 + 1 })
      values.append(cka.value)
    }
    #expect(agrees(values[0], with: 1, within: 1e-6) && values[0] == values[1])
  }

  @Test("features that cannot be compared are refused")
  func alignmentErrors() throws {
    #expect(throws: EvaluationError.self) { try LinearCKA(firstWidth: 0, secondWidth: 1) }
    #expect(throws: EvaluationError.self) { try LinearCKA(firstWidth: 1, secondWidth: .max) }
    var cka = try LinearCKA(firstWidth: 2, secondWidth: 1)
    #expect(cka.value == nil)
    #expect(throws: EvaluationError.self) { try cka.add(first: [1, 2, 3], second: [1]) }
    #expect(throws: EvaluationError.self) { try cka.add(first: [1, 2], second: [1, 2]) }
    #expect(throws: EvaluationError.self) { try cka.add(first: [1, .nan], second: [1]) }
    #expect(cka.images == 0)
  }
}
