import Foundation
import Report

/// Documents made up for the tests.
enum SampleDocuments {
  static let shifts = ["shapes-v2", "shapes-r", "shapes-sketch"]

  /// A score of `top1` with an interval of two points to each side.
  static func score(_ top1: Double, n: Int = 1000) -> Score {
    Score(
      n: n, values: ["top1": top1, "ece": 0.05],
      intervals: ["top1": ConfidenceInterval(lower: top1 - 0.02, upper: top1 + 0.02)])
  }

  /// The scores at `alpha` of a curve that bulges away from the line between its ends.
  static func point(_ alpha: Double, gain: Double, loss: Double) -> CurvePoint {
    let bulge = 0.2 * alpha * (1 - alpha)
    return CurvePoint(
      alpha: alpha, target: score(0.70 + gain * alpha + bulge),
      shifts: Dictionary(uniqueKeysWithValues: shifts.map { ($0, score(0.55 - loss * alpha + bulge)) }))
  }

  static func method(_ name: String, gain: Double, loss: Double, tuned: Int = 1000) -> MethodResult {
    let losses = (0..<500).map { MetricPoint(step: $0, value: 1 / Double($0 + 1)) }
    let curve = (0...10).map { point(Double($0) / 10, gain: gain, loss: loss) }
    func choice(_ rule: String, _ tenths: Int) -> AlphaChoice {
      AlphaChoice(
        alphas: [Double(tenths) / 10], rule: rule, words: "\(rule) in words", point: curve[tenths])
    }
    let selected = choice("one-standard-error", 5)
    return MethodResult(
      name: name, seeds: [7], tunedParameters: tuned, headParameters: 512,
      training: TrainingFacts(
        epochs: 10, steps: 500, seconds: 125, imagesPerSecond: 24.5,
        series: [MetricSeries(name: "train_loss", points: losses)]),
      curve: curve, selected: selected, selections: [selected, choice("best-validation", 8)],
      oracle: choice("oracle", 3))
  }

  static func document(methods: [MethodResult]) -> ReportDocument {
    let datasets =
      [ReportDataset(name: "shapes", role: .target, description: "Drawn objects.", n: 1000)]
      + shifts.map { ReportDataset(name: $0, role: .shift, description: "A shift.", n: 1000) }
    return ReportDocument(
      title: "Shapes", subtitle: "A small world", generated: Date(timeIntervalSince1970: 1_800_000_000),
      provenance: [ProvenanceEntry("seed", "7", group: "Run"), ProvenanceEntry("engine", "onednn")],
      datasets: datasets, zeroShot: point(0, gain: 0, loss: 0), methods: methods)
  }

  /// Full fine-tuning, which gains 15 and loses 20 points, and LoRA, which gains 10 and loses 5.
  static var two: ReportDocument {
    document(methods: [
      method("full", gain: 0.15, loss: 0.20, tuned: 1_000_000),
      method("LoRA", gain: 0.10, loss: 0.05, tuned: 20_000),
    ])
  }

  /// The names of an ordinary document and of every kind that could break a layout.
  static let names = difficult.map(\.0)

  static func named(_ name: String) -> ReportDocument? { difficult.first { $0.0 == name }?.1 }

  private static var difficult: [(String, ReportDocument)] {
    let nothing = Score(top1: .nan, ci95: ConfidenceInterval(lower: .nan, upper: .infinity), n: 0)
    var unmeasured = method("unmeasured", gain: 0.1, loss: 0.1)
    for index in unmeasured.curve.indices {
      unmeasured.curve[index].target = index.isMultiple(of: 2) ? nothing : .missing
    }
    unmeasured.curve.append(CurvePoint(alpha: .nan, target: score(0.5)))
    unmeasured.training.series = [
      MetricSeries(name: "loss", points: [MetricPoint(step: .max, value: .infinity)]),
      MetricSeries(name: "val_loss", points: [MetricPoint(step: .min, value: 1e308)]),
    ]
    unmeasured.selected = AlphaChoice(alphas: [0.123], rule: "")
    unmeasured.selections = [AlphaChoice(alphas: [], rule: "best-validation")]
    let extreme = MethodResult(
      name: "", tunedParameters: .max, headParameters: .min,
      training: TrainingFacts(epochs: -1, steps: .min, seconds: 1e300, imagesPerSecond: .nan),
      curve: [
        CurvePoint(alpha: 1, target: Score(top1: 1e308, n: .max), shifts: ["shapes-r": score(-5, n: .max)])
      ])
    let single = MethodResult(
      name: "single", tunedParameters: 0, headParameters: 0,
      curve: [CurvePoint(alpha: 1, target: score(0.5), shifts: ["other": score(0.4)])])
    var far = document(methods: [method("far", gain: 0.1, loss: 0.1)])
    far.generated = Date(timeIntervalSince1970: 1e300)
    return [
      ("two methods", two), ("empty", ReportDocument(title: "")), ("without methods", document(methods: [])),
      ("one method", document(methods: [method("one", gain: 0.1, loss: 0.1)])),
      ("one point and no datasets", ReportDocument(title: "one point", methods: [single])),
      ("unmeasured", document(methods: [unmeasured])), ("extreme", document(methods: [extreme, unmeasured])),
      (
        "twenty", document(methods: (0..<20).map { method("method \($0)", gain: 0.1, loss: Double($0) / 90) })
      ),
      ("fifty", document(methods: (0..<50).map { method("method \($0)", gain: 0.1, loss: Double($0) / 90) })),
      ("hostile", hostile), ("far date", far),
      (
        "long name",
        document(methods: [method(String(repeating: "very long ", count: 60), gain: 0.1, loss: 0)])
      ),
    ]
  }

  static let attack = "</title></script><script>alert(1)</script>\"'&\u{1B}[31m\u{0}\u{202E}]]>"

  /// A document in which everything that can come from outside tries to break out of its place.
  static var hostile: ReportDocument {
    var method = method(attack, gain: 0.1, loss: 0.1)
    method.curve = method.curve.map { point in
      CurvePoint(alpha: point.alpha, target: point.target, shifts: [attack: score(0.5)])
    }
    method.selected?.rule = attack
    method.selections = [AlphaChoice(alphas: [0.5], rule: attack, words: attack)]
    method.training.series[0].name = attack + "loss"
    let prediction = SamplePrediction(label: attack, isCorrect: false, confidence: .nan, method: attack)
    let sample = SampleImage(
      png: Data("<svg onload=alert(1)>".utf8), label: attack, predictions: [prediction])
    return ReportDocument(
      title: attack, subtitle: attack, provenance: [ProvenanceEntry(attack, attack, group: attack)],
      datasets: [
        ReportDataset(
          name: attack, role: .shift, description: attack, n: -1, samples: [sample], marks: [attack])
      ],
      zeroShot: CurvePoint(alpha: 0, target: score(0.4), shifts: [attack: score(0.5)]), methods: [method],
      cautions: [attack])
  }
}
