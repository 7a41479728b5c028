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

  /// A metric of the two models, by its key.
  private func value(_ key: String, _ one: Predictions, _ other: Predictions) throws -> Double? {
    let pair = try PairedPredictions(.init(one), .init(other))
    return PairMetricRegistry.named(key)?.statistic(of: pair)?.value(ofAll: pair.count)
  }

  @Test("agreement and both kappas equal scikit-learn's")
  func pair() throws {
    #expect(isClose(try value("agreement", first, second), 1.0 / 3))
    #expect(isClose(try value("kappa", first, second), 0.232))
    #expect(isClose(try value("error_consistency", first, second), 0.2727272727272727))
    #expect(isClose(try value("exactly_one_right", first, second), 4.0 / 12))
    #expect(isClose(try value("oracle_top1", first, second), 0.5))
    #expect(isClose(try value("difference", first, second), -2.0 / 12))
    let errors = try ErrorConsistency(first.rows.map(\.isCorrect), second.rows.map(\.isCorrect))
    #expect((errors.bothCorrect, errors.onlyFirst, errors.onlySecond, errors.neitherCorrect) == (2, 3, 1, 6))
    #expect(errors.mcNemar == McNemarTest(onlyFirst: 3, onlySecond: 1))
  }

  @Test("a model agrees with itself in everything")
  func same() throws {
    for (key, expected) in [
      ("agreement", 1), ("kappa", 1), ("error_consistency", 1), ("exactly_one_right", 0), ("difference", 0),
      ("most_confident_overlap", 1), ("least_confident_overlap", 1),
    ] as [(String, Double)] { #expect(try value(key, first, first) == expected, "\(key)") }
  }

  @Test(
    "every metric of pairs has a key of its own, and those that are resampled count an image twice as two images"
  )
  func registry() throws {
    let keys = PairMetricRegistry.all.map(\.key)
    #expect(Set(keys).count == keys.count)
    for key in keys { #expect(key.allSatisfy { $0.isLowercase || $0.isNumber || $0 == "_" }) }
    let counts: [Int32] = [2, 0, 1, 1, 3, 0, 1, 2, 1, 0, 1, 2]
    let drawn = counts.indices.flatMap { Array(repeating: $0, count: Int(counts[$0])) }
    func outputs(_ logits: [Float], _ images: [Int]) throws -> PairedPredictions.Outputs {
      let rows = images.flatMap { logits[$0 * 7..<($0 + 1) * 7] }
      return .init(
        try Predictions(logits: rows, targets: images.map { SampleLogits.targets[$0] }), logits: rows)
    }
    let all = Array(0..<12)
    let whole = try PairedPredictions(
      outputs(SampleLogits.first, all), outputs(SampleLogits.second, all))
    let resample = try PairedPredictions(
      outputs(SampleLogits.first, drawn), outputs(SampleLogits.second, drawn))
    for metric in PairMetricRegistry.all {
      guard case .bootstrap = metric.interval else { continue }
      let weighted = try #require(metric.statistic(of: whole)?.value(counting: counts))
      let direct = try #require(metric.statistic(of: resample)?.value(ofAll: drawn.count))
      #expect(isClose(weighted, direct, within: 1e-12), "\(metric.key)")
    }
  }

  @Test("models scored on other images are not compared")
  func unpaired() throws {
    let other = try Predictions(logits: SampleLogits.first, targets: Array(SampleLogits.targets.reversed()))
    #expect(throws: EvaluationError.self) { try PairedPredictions(.init(first), .init(other)) }
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
