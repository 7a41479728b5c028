import EvalShift
import TensorCore
import Testing

@Suite("Calibration")
struct CalibrationTests {
  private struct Temperature: Decodable {
    let logits: [Float]
    let targets: [Int32]
    let classes: Int
    let temperature, nll, nllBefore: Double
  }

  @Test("the fitted temperature equals SciPy's")
  func temperature() throws {
    for one in try StatisticsFixture.cases("temperature", as: [Temperature].self) {
      let fitted = try TemperatureScaling(logits: one.logits, targets: one.targets, classCount: one.classes)
      #expect(fitted.outcome == .minimum && agrees(fitted.temperature, with: one.temperature))
      #expect(agrees(fitted.negativeLogLikelihood, with: one.nll))
      #expect(agrees(fitted.negativeLogLikelihoodBefore, with: one.nllBefore))
      // Scaled logits need no temperature; those times 7 need 7 times as much.
      let again = try TemperatureScaling(
        logits: fitted.scale(one.logits), targets: one.targets, classCount: one.classes)
      #expect(agrees(again.temperature, with: 1, within: 1e-5))
      let hot = try TemperatureScaling(
        logits: one.logits.map { $0 * 8 }, targets: one.targets, classCount: one.classes)
      #expect(agrees(hot.temperature, with: 8 * one.temperature))
    }
  }

  @Test("where there is no best temperature, it is at the bound, and that is said")
  func degenerate() throws {
    func fit(_ logits: [Float], _ targets: [Int32]) throws -> TemperatureScaling {
      try TemperatureScaling(logits: logits, targets: targets, classCount: 2)
    }
    let right = try fit([3, 1, 0, 2], [0, 1])
    #expect(right.outcome == .lowest && right.temperature == 1e-3 && right.negativeLogLikelihood < 1e-300)
    let wrong = try fit([3, 1, 0, 2], [1, 0])
    #expect(wrong.outcome == .highest && wrong.temperature == 1e3)
    let chance = try fit([3, 1, 3, 1], [0, 1])
    #expect(chance.outcome == .highest)
    let flat = try fit([1, 1, -4, -4], [0, 1])
    #expect(flat.outcome == .undetermined && flat.temperature == 1)
    #expect(try TemperatureScaling(logits: [5, 2], targets: [0, 0], classCount: 1).outcome == .undetermined)
    #expect(throws: EvaluationError.self) { try fit([1, .nan], [0]) }
    #expect(throws: EvaluationError.self) { try fit([1, 2], [2]) }
    #expect(throws: EvaluationError.self) { try fit([1, 2], [0, 1]) }
    #expect(throws: EvaluationError.noPredictions) { try fit([], []) }
  }

  private struct Calibration: Decodable {
    let logits: [Float]
    let targets: [Int32]
    let classes, bins: Int
    let confidence: [Double]
    let correct: [Int]
    let ece, maximum, adaptive, classwise: Double
  }

  @Test("calibration errors equal NumPy's: equal width, equal mass with ties, maximum, and over classes")
  func errors() throws {
    for one in try StatisticsFixture.cases("calibration", as: [Calibration].self) {
      let calibration = try ConfidenceCalibration(confidence: one.confidence, correct: one.correct.areTrue)
      let width = calibration.equalWidthBins(one.bins)
      #expect(agrees(width.expectedCalibrationError, with: one.ece))
      #expect(agrees(width.maximumCalibrationError, with: one.maximum))
      #expect(agrees(calibration.equalMassBins(one.bins).expectedCalibrationError, with: one.adaptive))
      let predictions = try Predictions(logits: one.logits, targets: one.targets, bins: one.bins)
      #expect(
        agrees(ClasswiseCalibrationError().value(of: predictions) ?? .nan, with: one.classwise))
    }
  }

  @Test("bins hold the images of their bounds, edges belong to the bin below, and ties are not parted")
  func bins() throws {
    let calibration = try ConfidenceCalibration(
      confidence: [0, 0.25, 0.2500001, 0.5, 1, 0.25], correct: [true, false, true, true, true, true])
    let width = calibration.equalWidthBins(4)
    #expect(width.map(\.n) == [3, 2, 1] && width.map(\.lower) == [0, 0.25, 0.75])
    #expect(width.map(\.upper) == [0.25, 0.5, 1] && width.map(\.correct) == [2, 2, 1])
    // 0, 0.25 and 0.25 fill the first half of six.
    let mass = calibration.equalMassBins(3)
    #expect(mass.map(\.n) == [3, 1, 2] && mass.map(\.lower) == [0, 0.2500001, 0.5])
    let tied = try ConfidenceCalibration(confidence: [0.5, 0.5, 0.5], correct: [true, false, true])
    #expect(tied.equalMassBins(3).map(\.n) == [3])
    // Every edge of fifteen bins, as a quotient, belongs to the bin below.
    for edge in 1...15 {
      let one = try ConfidenceCalibration(confidence: [Double(edge) / 15], correct: [true])
      #expect(one.equalWidthBins(15)[0].upper == Double(edge) / 15)
    }
    #expect(throws: EvaluationError.noPredictions) { try ConfidenceCalibration(confidence: [], correct: []) }
    #expect(throws: EvaluationError.self) { try ConfidenceCalibration(confidence: [0.5], correct: []) }
    #expect(throws: EvaluationError.self) { try ConfidenceCalibration(confidence: [1.5], correct: [true]) }
    #expect(throws: EvaluationError.self) { try ConfidenceCalibration(confidence: [.nan], correct: [true]) }
  }
}

@Suite("Selective prediction and detection")
struct SelectionTests {
  private struct Selective: Decodable {
    let confidence: [Double]
    let correct: [Int]
    let aurc, excess: Double
  }

  @Test(
    "the area under the risk-coverage curve is the mean over orders of ties, and its excess 0 for the best order"
  )
  func riskCoverage() throws {
    for one in try StatisticsFixture.cases("selective", as: [Selective].self) {
      let curve = try RiskCoverage(confidence: one.confidence, correct: one.correct.areTrue)
      #expect(agrees(curve.area(), with: one.aurc) && agrees(curve.excessArea(), with: one.excess), "\(one)")
    }
    #expect(throws: EvaluationError.self) { try RiskCoverage(confidence: [.nan], correct: [true]) }
  }

  private struct Detection: Decodable {
    let inside, outside: [Double]
    let auroc, fpr95, threshold: Double
  }

  @Test("AUROC and FPR at 95% TPR equal scikit-learn's, ties and all")
  func detection() throws {
    for one in try StatisticsFixture.cases("detection", as: [Detection].self) {
      let detection = try OutlierDetection(inside: one.inside, outside: one.outside)
      #expect(agrees(detection.areaUnderROC(), with: one.auroc))
      let found = try #require(detection.falsePositiveRate())
      #expect(agrees(found.rate, with: one.fpr95) && found.threshold == one.threshold)
    }
    #expect(throws: EvaluationError.noPredictions) { try OutlierDetection(inside: [], outside: [1]) }
    #expect(throws: EvaluationError.self) { try OutlierDetection(inside: [1], outside: [.nan]) }
  }

  private struct Scores: Decodable {
    let logits: [Float]
    let classes: Int
    let probability, energy, energy2: [Double]
  }

  @Test("scores of images equal SciPy's softmax and logsumexp")
  func scores() throws {
    let one = try StatisticsFixture.cases("scores", as: Scores.self)
    #expect(
      agree(try DetectionScore.maximumProbability(logits: one.logits, classCount: 4), with: one.probability))
    #expect(agree(try DetectionScore.negativeEnergy(logits: one.logits, classCount: 4), with: one.energy))
    #expect(
      agree(
        try DetectionScore.negativeEnergy(logits: one.logits, classCount: 4, temperature: 2),
        with: one.energy2))
    #expect(throws: EvaluationError.self) {
      try DetectionScore.negativeEnergy(logits: one.logits, classCount: 4, temperature: 0)
    }
  }

  @Test("an image that counts twice is as good as two, and one that counts 0 times as good as none")
  func counts() throws {
    var random = SeededRandom(9)
    let images = 60
    let confidence = (0..<images).map { _ in Double(random.int(below: 12)) / 12 }
    let correct = confidence.map { Double(random.uniform()) < $0 }
    let counts = try BootstrapCounts(images: images, rounds: 1, seed: 4).counts(round: 0)
    let drawn = counts.enumerated().flatMap { [Int](repeating: $0.offset, count: Int($0.element)) }
    let (drawnConfidence, drawnCorrect) = (drawn.map { confidence[$0] }, drawn.map { correct[$0] })

    let calibration = try ConfidenceCalibration(confidence: confidence, correct: correct)
    let expanded = try ConfidenceCalibration(confidence: drawnConfidence, correct: drawnCorrect)
    #expect(calibration.equalWidthBins(5, counting: counts) == expanded.equalWidthBins(5))
    #expect(calibration.equalMassBins(5, counting: counts) == expanded.equalMassBins(5))

    let curve = try RiskCoverage(confidence: confidence, correct: correct)
    let expandedCurve = try RiskCoverage(confidence: drawnConfidence, correct: drawnCorrect)
    #expect(agrees(curve.area(counting: counts), with: expandedCurve.area()))
    #expect(agrees(curve.excessArea(counting: counts), with: expandedCurve.excessArea()))

    let detection = try OutlierDetection(inside: confidence, outside: [0.1, 0.5, 0.5])
    let expandedDetection = try OutlierDetection(inside: drawnConfidence, outside: [0.1, 0.1, 0.5])
    #expect(
      agrees(
        detection.areaUnderROC(countingInside: counts, countingOutside: [2, 0, 1]),
        with: expandedDetection.areaUnderROC()))
    let found = detection.falsePositiveRate(countingInside: counts, countingOutside: [2, 0, 1])
    #expect(found?.rate == expandedDetection.falsePositiveRate()?.rate)
    let none = [Int32](repeating: 0, count: images)
    #expect(detection.areaUnderROC(countingInside: none) == nil && curve.area(counting: none) == nil)
    #expect(detection.falsePositiveRate(countingInside: none) == nil)
    #expect(calibration.equalMassBins(counting: none).isEmpty)
  }
}
