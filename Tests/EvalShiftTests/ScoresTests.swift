import Datasets
import EvalShift
import Foundation
import TensorCore
import Testing

@Suite("Scores")
struct ScoresTests {
  @Test("every metric equals its value by numpy and scipy")
  func metrics() throws {
    let scores = try Scores.compute(
      logits: SampleLogits.first, targets: SampleLogits.targets, dataset: "sample", role: .shift)
    #expect(scores.n == 12)
    #expect(scores.correct == 5)
    #expect(isClose(scores.top1, 5.0 / 12))
    #expect(isClose(scores["top5"], 0.75))
    #expect(isClose(scores["nll"], 2.498904652827934))
    #expect(isClose(scores["brier"], 0.8489759028909786))
    #expect(isClose(scores["ece"], 0.43390011668953665))
    #expect(isClose(scores["mean_per_class"], 0.3888888888888889))
    #expect(scores.top1Interval == .clopperPearson(successes: 5, trials: 12))
  }

  @Test("with a subset, only its classes compete, and probabilities are theirs alone")
  func subset() throws {
    let images = [2, 4, 7, 8, 9]
    let scores = try Scores.compute(
      logits: SampleLogits.rows(images), targets: images.map { SampleLogits.targets[$0] },
      subset: [5, 0, 2, 6])
    #expect(isClose(scores.top1, 0.4))
    #expect(scores["top5"] == nil)
    #expect(isClose(scores["nll"], 1.6921756146134357))
    #expect(isClose(scores["brier"], 0.7322975600196676))
    #expect(isClose(scores["ece"], 0.3512846400248251))
    #expect(isClose(scores["mean_per_class"], 0.375))
  }

  @Test("a group of classes competes with its best logit")
  func groups() throws {
    let logits: [Float] = [0, 3, 1, 2, 5, 0, 1, 2]
    let predictions = try Predictions(logits: logits, targets: [1, 3], groups: [[1, 0], [3, 2]])
    #expect(predictions.rows.map(\.predicted) == [1, 1])
    #expect(predictions.correct == 1)
    #expect(predictions.classCount == 2)
  }

  @Test("tensors score as arrays do")
  func tensor() throws {
    let tensor = Tensor(SampleLogits.first, shape: [12, 7])
    let targets = SampleLogits.targets
    #expect(
      try Scores.compute(logits: tensor, targets: targets)
        == Scores.compute(logits: SampleLogits.first, targets: targets))
    #expect(throws: EvaluationError.self) {
      try Scores.compute(logits: tensor, targets: Array(targets.dropLast()))
    }
  }

  @Test("equal logits go to the first class, as argmax does, and do not count twice")
  func ties() throws {
    let predictions = try Predictions(logits: [1, 1, 0, 1, 1, 0], targets: [0, 1])
    #expect(predictions.rows.map(\.predicted) == [0, 0])
    #expect(predictions.rows.map(\.targetRank) == [0, 1])
    #expect(predictions.correct == 1)
  }

  @Test("huge logits do not overflow")
  func hugeLogits() throws {
    let scores = try Scores.compute(logits: [3e38, -3e38, -3e38, 3e38], targets: [0, 1])
    #expect(scores.top1 == 1)
    #expect(scores["nll"] == 0)
    #expect(scores["brier"] == 0)
  }

  @Test(
    "what cannot be scored is refused",
    arguments: [
      ([], [], nil), ([1, 2, 3], [0, 1], nil), ([1, 2], [2], nil), ([1, 2], [-1], nil),
      ([.nan, 1], [0], nil),
      ([.infinity, 1], [0], nil), ([1, 2], [0], [1]), ([1, 2], [0], [0, 0]), ([1, 2], [0], [0, 7]),
      ([1, 2], [0], []),
    ] as [([Float], [Int32], [Int]?)])
  func refused(logits: [Float], targets: [Int32], subset: [Int]?) {
    #expect(throws: EvaluationError.self) {
      try Scores.compute(logits: logits, targets: targets, subset: subset)
    }
  }

  @Test("without images there are no metrics, and still a document")
  func nothing() throws {
    let none = Predictions(joining: [])
    let scores = DatasetScores(dataset: "none", role: .shift, predictions: none)
    #expect(scores.n == 0 && scores.values.isEmpty)
    #expect(try JSONDecoder().decode(DatasetScores.self, from: JSONEncoder().encode(scores)) == scores)
    #expect(throws: EvaluationError.self) { try PairedPredictions(.init(none), .init(none)) }
  }

  @Test("runs of images joined score as they do together")
  func joined() throws {
    let whole = try Predictions(logits: SampleLogits.first, targets: SampleLogits.targets)
    let parts = try [Array(0..<5), Array(5..<12)].map { images in
      try Predictions(logits: SampleLogits.rows(images), targets: images.map { SampleLogits.targets[$0] })
    }
    #expect(Predictions(joining: parts).rows == whole.rows)
  }

  @Test("JSON has the agreed keys, and reads back")
  func json() throws {
    let groups = ImageGroups(SampleLogits.targets.map { $0 % 2 == 0 ? "even" : "odd" })
    let scores = DatasetScores(
      dataset: "shapes-r", role: .shift,
      predictions: try Predictions(
        logits: SampleLogits.first, targets: SampleLogits.targets, scaling: try SampleLogits.scaling
      ).grouped(groups))
    let data = try JSONEncoder().encode(scores)
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(object["dataset"] as? String == "shapes-r")
    #expect(object["role"] as? String == "shift")
    #expect(object["n"] as? Int == 12)
    #expect(object["correct"] as? Int == 5)
    #expect((object["top1_ci95"] as? [Double])?.count == 2)
    for metric in MetricRegistry.all {
      #expect(object[metric.key] as? Double != nil, "\(metric.key)")
      let interval = object[metric.key + "_ci95"] as? [Double]
      if case .none = metric.interval { #expect(interval == nil) } else { #expect(interval?.count == 2) }
    }
    #expect(try JSONDecoder().decode(DatasetScores.self, from: data) == scores)
  }

  @Test("a temperature that is no minimum is said with the scores, and one that is one is not")
  func temperatureOutcome() throws {
    func scores(_ scaling: TemperatureScaling) throws -> DatasetScores {
      DatasetScores(
        dataset: "a", role: .target,
        predictions: try Predictions(
          logits: SampleLogits.first, targets: SampleLogits.targets, scaling: scaling))
    }
    let right = try TemperatureScaling(logits: [2, 0, 0, 3], targets: [0, 1], classCount: 2)
    let lowest = try scores(right)
    #expect(lowest.temperatureOutcome == .lowest)
    let data = try JSONEncoder().encode(lowest)
    #expect(String(decoding: data, as: UTF8.self).contains(#""temperature_outcome":"lowest""#))
    #expect(try JSONDecoder().decode(DatasetScores.self, from: data) == lowest)
    #expect(try scores(SampleLogits.scaling).temperatureOutcome == nil)
  }

  @Test("metric keys are snake case and distinct")
  func registry() {
    let keys = MetricRegistry.all.map(\.key)
    #expect(Set(keys).count == keys.count)
    for key in keys { #expect(key.allSatisfy { $0.isLowercase || $0.isNumber || $0 == "_" }) }
  }

  @Test("the average shift leaves the target out and weighs shifts equally")
  func averageShift() throws {
    let target = try Scores.compute(logits: [0, 1], targets: [0], dataset: "t", role: .target)
    let right = try Scores.compute(logits: [1, 0, 1, 0], targets: [0, 0], dataset: "a", role: .shift)
    let wrong = try Scores.compute(logits: [0, 1], targets: [0], dataset: "b", role: .shift)
    #expect(Scores.averageShift([target, right, wrong]) == 0.5)
    #expect(Scores.averageShift([target]) == nil)
  }

  @Test("the reliability diagram's bins hold every image once")
  func reliability() throws {
    let predictions = try Predictions(logits: SampleLogits.first, targets: SampleLogits.targets)
    let bins = try #require(predictions.confidenceCalibration).equalWidthBins()
    #expect(bins.reduce(0) { $0 + $1.n } == 12)
    for bin in bins { #expect(bin.confidence > bin.lower && bin.confidence <= bin.upper) }
  }
}
