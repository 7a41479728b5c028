import Testing
import WiSE

@Suite struct AlphaSelectionTests {
  @Test func theBestOnValidationIsSelected() throws {
    let choice = try #require(AlphaSelection.select([(0, 0.5), (0.5, 0.8), (1, 0.7)]))
    #expect(choice.alpha == 0.5)
    #expect(choice.score == 0.8)
    #expect(choice.rule.rawValue == "target_validation")
  }

  @Test func amongEqualsTheNearestToThePretrainedModelWins() {
    #expect(AlphaSelection.select([(1, 0.8), (0.5, 0.8), (0.7, 0.8), (0, 0.1)])?.alpha == 0.5)
  }

  @Test func theBestOnShiftsIsLabelledOracle() throws {
    let choice = try #require(AlphaSelection.oracle([(0, 0.5), (0.3, 0.9), (1, 0.7)]))
    #expect(choice.alpha == 0.3)
    #expect(choice.rule.rawValue == "oracle")
  }

  @Test func thereMayBeNothingToSelect() {
    #expect(AlphaSelection.select([]) == nil)
    #expect(AlphaSelection.select([(0, .nan)]) == nil)
    #expect(AlphaSelection.select([(0, .nan), (1, 0)])?.alpha == 1)
  }
}
