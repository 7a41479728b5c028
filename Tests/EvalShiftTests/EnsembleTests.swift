import EvalShift
import Foundation
import TensorCore
import Testing

@Suite("Ensembles")
struct EnsembleTests {
  private struct Case: Decodable {
    let logits: [[Float]]
    let classes: Int
    let weights, temperatures, meanLogits, meanProbabilities, meanCalibrated, votes: [Double]

    enum CodingKeys: String, CodingKey {
      case logits, classes, weights, temperatures, votes
      case meanLogits = "mean-logits"
      case meanProbabilities = "mean-probabilities"
      case meanCalibrated = "mean-calibrated"
    }
  }

  @Test("each rule equals SciPy's, to the precision of float32")
  func rules() throws {
    for one in try StatisticsFixture.cases("ensembles", as: [Case].self) {
      let inputs = try EnsembleInputs(
        models: one.logits, classCount: one.classes, weights: one.weights, temperatures: one.temperatures)
      let expected = [
        "mean-logits": one.meanLogits, "mean-probabilities": one.meanProbabilities,
        "mean-calibrated": one.meanCalibrated,
      ]
      for (name, expected) in expected {
        let combined = try #require(EnsembleRuleRegistry.named(name)).combine(inputs)
        #expect(agree(combined.map(Double.init), with: expected, within: 2e-7), "\(name)")
      }
      let votes = try Vote().combine(inputs)
      for (score, share) in zip(votes, one.votes) {
        #expect(share > 0 ? abs(Double(score) - share) < 1e-6 : score > 0 && score < 1e-3)
      }
    }
  }

  @Test("every rule has a name of its own, says what it needs, and gives finite scores for what it is given")
  func registry() throws {
    let rules = EnsembleRuleRegistry.all
    #expect(rules.map(\.name) == ["mean-logits", "mean-probabilities", "mean-calibrated", "vote", "vrf"])
    #expect(EnsembleRuleRegistry.named(EnsembleRuleRegistry.standard.name) != nil)
    #expect(EnsembleRuleRegistry.named("mean") == nil)
    let models: [[Float]] = [[80, -80, 3], [1, 2, -90]]
    let bare = try EnsembleInputs(models: models, classCount: 3)
    let full = try EnsembleInputs(
      models: models, classCount: 3, temperatures: [0.01, 2], failureDistances: [0.4])
    for rule in rules {
      #expect(!rule.summary.isEmpty)
      let combined = try rule.combine(full)
      #expect(combined.count == 3 && combined.allSatisfy(\.isFinite))
      if rule.givesProbabilities {
        #expect(abs(combined.reduce(0) { $0 + exp(Double($1)) } - 1) < 1e-6)
      }
      if rule.needs.isEmpty {
        #expect(try rule.combine(bare) == combined)
      } else {
        #expect(throws: EvaluationError.self) { try rule.combine(bare) }
      }
    }
  }

  @Test(
    "members that are chosen by their places are those models, one that is chosen twice with twice the weight"
  )
  func choosing() throws {
    let models: [[Float]] = [[1, 0, 4], [2, 2, 0], [0, 5, 1]]
    func scores(_ members: [Int]) throws -> [Float] {
      try MeanCalibrated().combine(
        EnsembleInputs(choosing: members, of: models, classCount: 3, temperatures: [1, 2, 3]))
    }
    let expected = try MeanCalibrated().combine(
      EnsembleInputs(
        models: [models[0], models[2]], classCount: 3, weights: [1, 2], temperatures: [1, 3]))
    #expect(try scores([2, 0, 2]) == expected)
    #expect(try scores([0, 2]) != expected && scores([0, 2]) == scores([2, 0]))
    // As many of each is no weight at all, which rules of their own weights take.
    let ends = try EnsembleInputs(
      choosing: [0, 1], of: models, classCount: 3, temperatures: [1, 2, 3], failureDistances: [1])
    #expect(try VarianceReduction().combine(ends).count == 3)
  }

  @Test("averaging logits, averaging probabilities and voting can each decide differently")
  func decisions() throws {
    func winner(_ rule: any EnsembleRule, _ models: [[Float]], _ weights: [Double]? = nil) throws -> Int {
      let combined = try rule.combine(EnsembleInputs(models: models, classCount: 2, weights: weights))
      return combined[0] >= combined[1] ? 0 : 1
    }
    // Two lukewarm votes for class 0, one certain one for class 1.
    let lukewarm: [[Float]] = [[0.2, 0], [0.2, 0], [0, 9]]
    #expect(try winner(MeanLogits(), lukewarm) == 1 && winner(MeanProbabilities(), lukewarm) == 1)
    #expect(try winner(Vote(), lukewarm) == 0)
    #expect(try winner(MeanLogits(), lukewarm, [1, 1, 0]) == 0)
    // A logit without end outweighs any number of others; a probability does not.
    let extreme: [[Float]] = [[5, 0], [5, 0], [0, 90]]
    #expect(try winner(MeanLogits(), extreme) == 1 && winner(MeanProbabilities(), extreme) == 0)
    // A vote that weighs a hair more is not a tie, whatever the probabilities say.
    let split: [[Float]] = [[0.1, 0], [0, 50]]
    #expect(try winner(Vote(), split, [1.0001, 1]) == 0 && winner(Vote(), split) == 1)
  }

  @Test("an ensemble of one is the model itself, and of equal models too")
  func ensembleOfOne() throws {
    let one = try EnsembleInputs(models: [SampleLogits.first], classCount: 7)
    #expect(try MeanLogits().combine(one) == SampleLogits.first)
    let scores = try Scores.compute(logits: MeanProbabilities().combine(one), targets: SampleLogits.targets)
    #expect(isClose(scores["nll"], 2.498904652827934))
    let twice = try EnsembleInputs(
      models: [SampleLogits.first, SampleLogits.first], classCount: 7, temperatures: [2, 2])
    #expect(try MeanLogits().combine(twice) == SampleLogits.first)
    let halved = try EnsembleInputs(models: [SampleLogits.first.map { $0 / 2 }], classCount: 7)
    #expect(try MeanCalibrated().combine(twice) == MeanProbabilities().combine(halved))
  }

  @Test("inputs that do not fit together are refused")
  func refused() {
    let models: [[Float]] = [[1, 2], [3, 4]]
    func make(
      _ models: [[Float]], classes: Int = 2, weights: [Double]? = nil, temperatures: [Double]? = nil,
      distances: [Double]? = nil
    ) throws(EvaluationError) -> EnsembleInputs {
      try EnsembleInputs(
        models: models, classCount: classes, weights: weights, temperatures: temperatures,
        failureDistances: distances)
    }
    #expect(throws: EvaluationError.noPredictions) { try make([]) }
    #expect(throws: EvaluationError.self) { try make([[1, 2], [1, 2, 3, 4]]) }
    #expect(throws: EvaluationError.self) { try make(models, classes: 3) }
    #expect(throws: EvaluationError.self) { try make([[1, .infinity]]) }
    for weights in [[1], [0, 0], [1, -1], [1, .nan]] as [[Double]] {
      #expect(throws: EvaluationError.self) { try make(models, weights: weights) }
    }
    for temperatures in [[1], [1, 0], [1, .infinity]] as [[Double]] {
      #expect(throws: EvaluationError.self) { try make(models, temperatures: temperatures) }
    }
    for distances in [[], [1, 2], [-1], [.nan]] as [[Double]] {
      #expect(throws: EvaluationError.self) { try make(models, distances: distances) }
    }
  }

  private struct Reduction: Decodable {
    struct Case: Decodable {
      let share: Double
      let k: Int
      let distance: [Double]
    }
    let features, queries: [Float]
    let width: Int
    let zeroShot, fineTuned: [Int]
    let cases: [Case]
    let logits: [[Float]]
    let classes: Int
    let temperatures, combined: [Double]
  }

  @Test(
    "distances to zero-shot failures equal scikit-learn's, to the precision of float32; and so the mixture")
  func varianceReduction() throws {
    let one = try StatisticsFixture.cases("variance_reduction", as: Reduction.self)
    for expected in one.cases {
      let failures = try ZeroShotFailures(
        features: one.features, width: one.width, zeroShotCorrect: one.zeroShot.areTrue,
        fineTunedCorrect: one.fineTuned.areTrue, share: expected.share)
      #expect(failures.neighbours == expected.k)
      let distances = try failures.distances(to: one.queries)
      for (distance, expected) in zip(distances, expected.distance) {
        #expect(abs(distance - expected) < 1e-6)
      }
    }
    let distances = try #require(one.cases.last).distance
    let inputs = try EnsembleInputs(
      models: one.logits, classCount: one.classes, temperatures: one.temperatures, failureDistances: distances
    )
    let combined = try VarianceReduction().combine(inputs)
    #expect(agree(combined.map(Double.init), with: one.combined, within: 2e-7))
  }

  @Test("far from all failures the zero-shot model decides, near them the fine-tuned one")
  func mixture() throws {
    func combine(_ distance: Double, centre: Double = 1.5, width: Double = 0.6) throws -> [Float] {
      try VarianceReduction(centre: centre, width: width).combine(
        EnsembleInputs(
          models: [[9, 0], [0, 9]], classCount: 2, temperatures: [1, 1], failureDistances: [distance]))
    }
    let (near, far) = (try combine(0, centre: 1, width: 0.1), try combine(4, centre: 1, width: 0.1))
    #expect(near[1] > near[0] && far[0] > far[1])
    let middle = try combine(1.5)
    #expect(middle[0] == middle[1])
    #expect(throws: EvaluationError.self) { try VarianceReduction(centre: 1, width: 0) }
    #expect(throws: EvaluationError.self) {
      try VarianceReduction().combine(
        EnsembleInputs(
          models: [[1, 2], [1, 2], [1, 2]], classCount: 2, temperatures: [1, 1, 1], failureDistances: [1]))
    }
    #expect(throws: EvaluationError.self) {
      try VarianceReduction().combine(
        EnsembleInputs(
          models: [[1, 2], [1, 2]], classCount: 2, weights: [1, 1], temperatures: [1, 1],
          failureDistances: [1]))
    }
  }

  @Test("many failures and images are taken in blocks that give what all at once would")
  func blocks() throws {
    var random = SeededRandom(11)
    let (train, test, width) = (9_000, 1_100, 4)
    let features = (0..<train * width).map { _ in random.normal() }
    let queries = (0..<test * width).map { _ in random.normal() }
    let failures = try ZeroShotFailures(
      features: features, width: width, zeroShotCorrect: .init(repeating: false, count: train),
      fineTunedCorrect: .init(repeating: true, count: train))
    #expect(failures.count == train && failures.neighbours == 9)
    let distances = try failures.distances(to: queries)
    func unit(_ values: [Float], _ row: Int) -> [Double] {
      let row = values[row * width..<(row + 1) * width].map(Double.init)
      let length = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return row.map { $0 / length }
    }
    let others = (0..<train).map { unit(features, $0) }
    for image in [0, 1_023, 1_024, 1_099] {
      let query = unit(queries, image)
      let all = others.map { other in zip(query, other).reduce(2) { $0 - 2 * $1.0 * $1.1 } }.sorted()
      #expect(abs(distances[image] - all[8]) < 1e-6)
    }
  }

  @Test("features without failures, without direction, or of other images are refused")
  func failureErrors() throws {
    func make(_ features: [Float], _ zero: [Bool], _ tuned: [Bool], share: Double = 0.5)
      throws(EvaluationError)
    {
      let failures = try ZeroShotFailures(
        features: features, width: 2, zeroShotCorrect: zero, fineTunedCorrect: tuned, share: share)
      _ = try failures.distances(to: [1, 2, 3])
    }
    #expect(throws: EvaluationError.self) { try make([1, 2], [true], [true]) }
    #expect(throws: EvaluationError.self) { try make([0, 0], [false], [true]) }
    #expect(throws: EvaluationError.self) { try make([1, .nan], [false], [true]) }
    #expect(throws: EvaluationError.self) { try make([1], [false], [true]) }
    #expect(throws: EvaluationError.self) { try make([1, 2], [false, true], [true]) }
    #expect(throws: EvaluationError.self) { try make([1, 2], [false], [true], share: 0) }
    #expect(throws: EvaluationError.self) { try make([1, 2], [false], [true]) }
  }

  @Test(
    "forward selection takes the best model first, and then whichever makes the ensemble best, as all pairs say"
  )
  func selection() throws {
    // Three models, each right on other images of six.
    func model(_ right: Set<Int>, margin: Float) -> [Float] {
      (0..<6).flatMap { right.contains($0) ? [margin, 0] : [0, 1] as [Float] }
    }
    let models = [
      model([0, 1], margin: 3), model([0, 1, 2], margin: 1.5), model([3, 4, 5, 0], margin: 1.2),
    ]
    let selection = try EnsembleSelection(
      models: models, targets: [Int32](repeating: 0, count: 6), classCount: 2, rule: MeanLogits())
    let pairs = try selection.pairs()
    #expect(pairs.map(\.members) == [[0, 1], [0, 2], [1, 2]])
    #expect(agree(pairs.map { $0.accuracy * 6 }, with: [3, 5, 6]))
    let steps = try selection.forward(steps: 3)
    #expect(steps.map(\.members) == [[2], [2, 1], [2, 1, 2]])
    #expect(agree(steps.map { $0.accuracy * 6 }, with: [4, 6, 4]))
    #expect(throws: EvaluationError.self) { try selection.forward(steps: 0) }
    #expect(throws: EvaluationError.self) {
      try EnsembleSelection(models: models, targets: [0], classCount: 2, rule: MeanLogits())
    }
    #expect(throws: EvaluationError.self) {
      try EnsembleSelection(
        models: models, targets: [Int32](repeating: 0, count: 6), classCount: 2, rule: VarianceReduction())
    }
  }
}
