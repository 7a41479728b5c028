import Foundation
import Report

/// A document with everything that a report can show: six methods, three seeds each but for one, four shifts.
enum CompleteDocument {
  static let shifts = ["photos-v2", "photos-rendition", "photos-sketch", "photos-hard"]
  private static let levels = [0.61, 0.76, 0.48, 0.49]

  /// A method: its place in the list of all, how much it gains on the target and loses under shift.
  private struct Plan {
    let name: String
    let place: Int
    var variant = ""
    let tuned: Int
    let gain: Double
    let loss: Double
  }

  private static let plans = [
    Plan(name: "full", place: 0, tuned: 85_798_656, gain: 0.075, loss: 0.16),
    Plan(name: "linear", place: 1, tuned: 0, gain: 0.062, loss: 0.02),
    Plan(name: "bitfit", place: 2, tuned: 102_912, gain: 0.070, loss: 0.03),
    Plan(name: "convpass", place: 13, tuned: 1_420_800, gain: 0.083, loss: 0.045),
    Plan(name: "lora (rank 4)", place: 15, variant: "rank 4", tuned: 147_456, gain: 0.079, loss: 0.035),
    Plan(name: "lora (rank 32)", place: 15, tuned: 1_179_648, gain: 0.086, loss: 0.03),
  ]

  static var document: ReportDocument {
    let target = ReportDataset(
      name: "photos", role: .target, description: "Photographs of birds in their places.", n: 10_000,
      samples: samples)
    let others = shifts.map {
      ReportDataset(
        name: $0, role: .shift, description: "The same birds, elsewhere.", n: 7_500, samples: samples)
    }
    var document = ReportDocument(
      title: "Photographs of birds and what they cost", subtitle: "Six methods, three seeds, four shifts",
      generated: Date(timeIntervalSince1970: 1_800_000_000),
      provenance: [
        ProvenanceEntry("clipft", "1.0", group: "Program"),
        ProvenanceEntry("weights SHA-256", "0123abcd", group: "Model"),
      ],
      datasets: [target] + others, zeroShot: point(0, plans[0]), methods: plans.map(method),
      cautions: ["runs/old is left out: it is not finished"])
    document.facts = facts
    document.overlaps = overlaps
    document.agreement = [agreement]
    document.reliability = ["full", "linear", "lora (rank 32)"].map(reliability)
    document.sizes = document.sizesOfMethods
    document.tasks = tasks
    document.classChanges = ["full", "lora (rank 32)"].map(classChanges)
    document.repaired = [repaired]
    document.retention = retention
    document.effectiveRobustness = [nil, "photos-sketch"].map(robustness)
    return document
  }

  private static func score(_ top1: Double, seeds: Int, n: Int = 10_000) -> Score {
    let half = seeds > 1 ? 0.011 : 0.007
    return Score(top1: top1, ci95: ConfidenceInterval(lower: top1 - half, upper: top1 + half), n: n)
  }

  private static func point(_ alpha: Double, _ plan: Plan) -> CurvePoint {
    let seeds = plan.name == "linear" || alpha == 0 ? 1 : 3
    let bulge = alpha * (1 - alpha)
    let scores = shifts.enumerated().map { index, name in
      let loss = plan.loss * (0.4 + 0.4 * Double(index))
      return (name, score(levels[index] - loss * alpha * alpha + bulge * 0.12, seeds: seeds, n: 7_500))
    }
    return CurvePoint(
      alpha: alpha, target: score(0.677 + plan.gain * alpha + bulge * plan.gain * 1.1, seeds: seeds),
      shifts: Dictionary(uniqueKeysWithValues: scores))
  }

  private static func method(_ plan: Plan) -> MethodResult {
    let curve = (0...10).map { point(Double($0) / 10, plan) }
    func choice(_ rule: String, _ tenths: [Int]) -> AlphaChoice {
      AlphaChoice(
        alphas: tenths.map { Double($0) / 10 }, rule: rule, words: "\(rule) in words", point: curve[tenths[0]]
      )
    }
    let isSingle = plan.name == "linear"
    let selected = choice("one-standard-error", isSingle ? [6] : [5, 5, 6])
    let losses = (0..<300).map {
      MetricPoint(step: $0, value: 2.5 / (1 + Double($0) / 60) + 0.1 * Double($0 % 7))
    }
    return MethodResult(
      name: plan.name, look: MethodLook(method: plan.place, variant: plan.variant),
      seeds: isSingle ? [1] : [1, 2, 3], tunedParameters: plan.tuned, headParameters: 906_216,
      training: TrainingFacts(
        epochs: 10, steps: 300, seconds: 1250, imagesPerSecond: 24.5, peakMegabytes: 2800,
        series: [MetricSeries(name: "train_loss", points: losses)]),
      curve: curve, selected: selected,
      selections: [selected, choice("best-validation", [8]), choice("fixed", [5])],
      oracle: choice("oracle", [3]))
  }

  private static var facts: ExperimentFacts {
    ExperimentFacts(
      model: "CLIP ViT-B/16 (openai_vit_b16)", modelSHA256: String(repeating: "0123abcd", count: 8),
      classes: 1000, prompts: 80, promptKind: "template",
      scoringPrecision: "fp32", trainingPrecision: "bf16", engine: "oneDNN", programVersion: "1.0",
      training: plans.map {
        ExperimentFacts.Training(
          method: $0.name, options: $0.variant, optimizer: "AdamW",
          learningRate: $0.name == "full" ? 1e-5 : 3e-5,
          weightDecay: 0.005, epochs: 10, batch: 256,
          images: .init(
            data: "photos", training: 100_000, validation: 10_000,
            validationSplit: "10 of each class, by seed"))
      })
  }

  private static var overlaps: [ConfidentOverlap] {
    let models = ["full", "lora (rank 32)", "convpass"]
    return [
      ConfidentOverlap(
        dataset: "photos", k: 5000, confidence: .most, outcome: .correct, models: models,
        single: [1634, 1559, 1701], pairs: [988, 878, 930], all: 1425),
      ConfidentOverlap(
        dataset: "photos-hard", k: 500, confidence: .least, outcome: .wrong, models: models,
        single: [210, 190, 205], pairs: [60, 50, 70], all: 180),
    ].compactMap { $0 }
  }

  private static var agreement: AgreementMatrix {
    let names = plans.map(\.name)
    func value(_ row: Int, _ column: Int) -> Double? {
      if row == column { return 1 }
      let distance = Double(abs(row - column))
      return row + column == 7 ? nil : 0.93 - 0.025 * distance
    }
    let values = names.indices.map { row in names.indices.map { value(row, $0) } }
    return AgreementMatrix(
      dataset: "photos-hard", statistic: "agreement", methods: names, values: values,
      seeds: names.filter { $0 != "linear" }.map {
        .init(method: $0, mean: 0.94, least: 0.93, greatest: 0.95, pairs: 3)
      })
  }

  private static func reliability(_ method: String) -> Reliability {
    func bins(_ gap: Double) -> Reliability.Calibration {
      let bins = (0..<10).map { index in
        let middle = (Double(index) + 0.5) / 10
        return Reliability.Bin(
          lower: Double(index) / 10, upper: Double(index + 1) / 10,
          n: index == 0 ? 0 : 200 + index * index * 60,
          confidence: index == 0 ? nil : middle, accuracy: index == 0 ? nil : middle - gap * middle)
      }
      return Reliability.Calibration(bins: bins, ece: gap * 0.7)
    }
    return Reliability(
      method: method, dataset: "photos", temperature: 1.24, before: bins(0.16), after: bins(0.03))
  }

  private static var tasks: TaskComparison {
    let groups = ["natural", "specialised", "structured"]
    let tasks = (0..<19).map { index in
      let gain = Double(index) / 80
      let full: Double? = index == 4 ? nil : 0.52 + gain
      return TaskComparison.Task(
        name: "task \(index + 1)", group: groups[index / 7], linear: 0.6, full: full,
        efficient: [0.62, 0.68, 0.64].map { TaskComparison.Entry(method: "m", accuracy: $0 + gain) })
    }
    return TaskComparison(tasks: tasks, remark: "These are made up.")
  }

  private static func classChanges(_ method: String) -> ClassChanges {
    ClassChanges(
      dataset: "photos-sketch", method: method,
      classes: (0..<10).map { index in
        ClassChanges.Change(
          name: index == 3 ? "great black-backed gull of the north" : "class \(index)", before: 0.5,
          after: index < 5 ? 0.9 - 0.05 * Double(index) : 0.5 - 0.06 * Double(index - 4), n: 40 + index)
      })
  }

  private static var repaired: RepairedImages {
    let image = RepairedImages.Image(
      png: picture, label: "heron",
      zeroShot: SamplePrediction(label: "heron", isCorrect: true, confidence: 0.6),
      fineTuned: SamplePrediction(label: "great egret", isCorrect: false, confidence: 0.8),
      selected: SamplePrediction(label: "heron", isCorrect: true, confidence: 0.5))
    return RepairedImages(
      dataset: "photos-sketch", method: "full", alpha: 0.5, count: 431,
      images: Array(repeating: image, count: 6))
  }

  private static var retention: [Retention] {
    ["full", "lora (rank 32)"].flatMap { method in
      [("cifar100", 0.68), ("food101", 0.87), ("eurosat", 0.55)].map { name, before in
        let after = before - (method == "full" ? 0.21 : 0.03)
        return Retention(
          method: method, dataset: name, before: score(before, seeds: 1), after: score(after, seeds: 3),
          difference: ConfidenceInterval(lower: after - before - 0.01, upper: after - before + 0.01))
      }
    }
  }

  private static func robustness(_ shift: String?) -> EffectiveRobustness {
    let models: [(String, Double, Double)] = [
      ("ViT-B/32", 0.633, 0.5), ("ViT-L/14", 0.755, 0.65), ("RN50", 0.598, 0.4),
    ]
    let harder = shift == nil ? 0 : 0.1
    return EffectiveRobustness(
      shift: shift, slope: 0.9, intercept: shift == nil ? -0.45 : -0.85,
      fittedTo: "20 models made up for the tests",
      published: models.map {
        .init(name: $0.0, target: $0.1, shift: $0.2 - harder)
      })
  }

  private static var samples: [SampleImage] {
    (0..<6).map { index in
      let isRight = index.isMultiple(of: 2)
      return SampleImage(
        png: picture, label: "heron",
        predictions: plans.map {
          SamplePrediction(
            label: isRight ? "heron" : "gull", isCorrect: isRight, confidence: 0.7, method: $0.name)
        })
    }
  }

  /// A PNG of 24 by 24 pixels.
  static let picture =
    Data(
      base64Encoded:
        "iVBORw0KGgoAAAANSUhEUgAAABgAAAAYCAIAAABvFaqvAAAATklEQVR42mN4+OIDVRDDiDXoRIUGMiLHIDQjCBrHQK"
        + "opuMxiIMMUrGYxkGcKplm0MYgkU9DMGjWIRIMGX/RTM2VTM69RM/dTszwa+mU2AIYO/ZBkvtMTAAAAAElFTkSuQmCC")
    ?? Data()
}
