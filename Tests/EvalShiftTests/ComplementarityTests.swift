import EvalShift
import Testing

@Suite("Complementarity")
struct ComplementarityTests {
  private let first: Predictions
  private let second: Predictions

  init() throws {
    first = try Predictions(logits: SampleLogits.first, targets: SampleLogits.targets)
    second = try Predictions(logits: SampleLogits.second, targets: SampleLogits.targets)
  }

  @Test("agreement and both kappas equal scikit-learn's")
  func pair() throws {
    let pair = try ModelPair(first, second)
    #expect(isClose(pair.agreement.share, 1.0 / 3))
    #expect(isClose(pair.agreement.kappa, 0.232))
    let errors = pair.errors
    #expect(isClose(errors.kappa, 0.2727272727272727))
    #expect((errors.bothCorrect, errors.onlyFirst, errors.onlySecond, errors.neitherCorrect) == (2, 3, 1, 6))
    #expect(isClose(errors.exactlyOneRight, 4.0 / 12))
    #expect(isClose(errors.oracleAccuracy, 0.5))
    #expect(errors.mcNemar == McNemarTest(onlyFirst: 3, onlySecond: 1))
  }

  @Test("a model agrees with itself")
  func same() throws {
    let pair = try ModelPair(first, first)
    #expect(pair.agreement.share == 1 && pair.agreement.kappa == 1)
    #expect(pair.errors.kappa == 1 && pair.errors.exactlyOneRight == 0)
  }

  @Test("models scored on other images are not compared")
  func unpaired() throws {
    let other = try Predictions(logits: SampleLogits.first, targets: Array(SampleLogits.targets.reversed()))
    #expect(throws: EvaluationError.self) { try ModelPair(first, other) }
    #expect(throws: EvaluationError.self) { try PairedBootstrap(first: first, second: other) }
  }

  @Test("the divergence of softmaxes equals scipy's, and is none from a model to itself")
  func divergence() throws {
    let (p, q) = (SampleLogits.first, SampleLogits.second)
    #expect(isClose(try SoftmaxDivergence.kullbackLeibler(from: p, to: q, classCount: 7), 1.160886478986585))
    #expect(isClose(try SoftmaxDivergence.kullbackLeibler(from: p, to: p, classCount: 7), 0))
    #expect(throws: EvaluationError.self) {
      try SoftmaxDivergence.kullbackLeibler(from: p, to: q, classCount: 5)
    }
  }

  @Test("overlap counts the regions of the Venn diagram")
  func overlap() throws {
    let overlap = try ConfidentOverlap([first, second], size: 4)
    #expect(overlap.shared(by: [0]) == 4 && overlap.shared(by: [1]) == 4)
    let both = overlap.shared(by: [0, 1])
    #expect(overlap.regions[0b11, default: 0] == both)
    #expect(overlap.regions[0b01, default: 0] == 4 - both)
    #expect(try ConfidentOverlap([first, second], size: 100).regions == [0b11: 12])
    #expect(try ConfidentOverlap([first], size: 100, wrongOnly: true).shared(by: [0]) == 7)
  }
}
