import Foundation
import Testing
import WiSE

/// How coefficients are found on validation images.
@Suite("Soups that look at validation images")
struct MergeSelectionTests {
  /// Scores mixtures by the set of models in them.
  private func greedy(_ correct: [Set<Int>: Int], models: Int) throws -> MergeCoefficients {
    try GreedySoup().coefficients(
      MergeSetting(count: models) { coefficients in
        let members = Set(coefficients.indices.filter { coefficients[$0] > 0 })
        #expect(coefficients.allSatisfy { $0 == 0 || $0 == 1 / Double(members.count) })
        return MixtureScore(
          correct: try #require(correct[members], "\(members)"), images: 100, crossEntropy: 1)
      })
  }

  @Test("The greedy soup adds models from the best down, each only where the soup is strictly better")
  func greedyOrder() throws {
    let found = try greedy(
      [[0]: 50, [1]: 70, [2]: 60, [3]: 10, [1, 2]: 70, [0, 1]: 71, [0, 1, 3]: 90], models: 4)
    let third = 1.0 / 3
    #expect(found.values == [third, third, 0, third])
    #expect(found.trials.map(\.score.correct) == [50, 70, 60, 10, 70, 71, 90])
    #expect(found.trials.map(\.isKept) == [true, true, false, false, false, true, true])
  }

  @Test("Of equally good models the first comes first, and one model is a soup")
  func greedyTies() throws {
    #expect(try greedy([[0]: 5, [1]: 5, [0, 1]: 5], models: 2).values == [1, 0])
    #expect(try greedy([[0]: 5], models: 1).values == [1])
  }

  private func learned(_ optimum: [Double], evaluations: Int) throws -> MergeCoefficients {
    var method = LearnedSoup()
    method.evaluations = evaluations
    return try method.coefficients(
      MergeSetting(count: optimum.count) { coefficients in
        let distance = zip(coefficients, optimum).reduce(0) { $0 + pow($1.0 - $1.1, 2) }
        return MixtureScore(correct: 0, images: 1, crossEntropy: distance)
      })
  }

  @Test("The learned soup finds the weights of least cross entropy, and adds up to 1")
  func learnedOptimum() throws {
    let optimum = [0.6, 0.1, 0.3]
    let found = try learned(optimum, evaluations: 1000)
    let largest = zip(found.values, optimum).map { abs($0 - $1) }.max() ?? 1
    #expect(largest < 0.02, "\(found.values)")
    #expect(abs(found.values.reduce(0, +) - 1) < 1e-12)
    let kept = found.trials.filter(\.isKept)
    #expect(kept.last?.coefficients == found.values)
    let losses = kept.map(\.score.crossEntropy)
    #expect(losses == losses.sorted(by: >) && Set(losses).count == losses.count)
  }

  @Test("No more mixtures are scored than were asked for, and the first is the uniform soup")
  func learnedBudget() throws {
    for evaluations in [1, 2, 7] {
      let found = try learned([0.9, 0.05, 0.05], evaluations: evaluations)
      #expect(found.trials.count == evaluations)
      let first: [Double] = try #require(found.trials.first?.coefficients)
      #expect(first == MergeCoefficients.equal(3).values)
    }
    #expect(try learned([1], evaluations: 50).values == [1])
  }
}
