import CLIPCore
import Checkpoint
import Datasets
import EvalShift
import Foundation
import ImageCodec
import NN
import Report
import TensorCore

/// Makes one report of finished runs whose curves have been traced.
public struct ReportBuilder {
  /// Images shown of each dataset.
  private static let samplesPerDataset = 8

  private let runs: [(run: LoadedRun, curve: WiseCurve)]
  /// The images the curves were traced on, by name, for descriptions and samples.
  private let datasets: [any ImageDataset]
  private let descriptions: [String: String]

  /// - Parameter datasets: target first, then shifts, as the curves have them.
  public init(
    runs: [(run: LoadedRun, curve: WiseCurve)], datasets: [any ImageDataset], descriptions: [String: String]
  ) {
    self.runs = runs
    self.datasets = datasets
    self.descriptions = descriptions
  }

  /// Throws if an image of a dataset cannot be read.
  public func document(title: String, subtitle: String, generated: Date) throws -> ReportDocument {
    ReportDocument(
      title: title, subtitle: subtitle, generated: generated, provenance: provenance(),
      datasets: try sampled(),
      zeroShot: runs.first?.curve.point(at: 0).map(Self.point), methods: runs.map(Self.method))
  }

  /// Writes `report.html`, `report.json`, `figure.svg` and `results.csv`.
  public static func write(_ document: ReportDocument, to folder: URL) throws {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw CheckpointError.cannotCreate(file: folder.path, reason: "the folder cannot be made")
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    encoder.dateEncodingStrategy = .iso8601
    try AtomicFile.write(encoder.encode(document), to: folder.appendingPathComponent("report.json"))
    try AtomicFile.write(
      RobustnessFigure(document).plot().svg(), to: folder.appendingPathComponent("figure.svg"))
    try AtomicFile.write(try table(document).text(), to: folder.appendingPathComponent("results.csv"))
    try AtomicFile.write(HTMLReport.render(document), to: folder.appendingPathComponent("report.html"))
  }

  /// One row for each method, alpha and dataset.
  private static func table(_ document: ReportDocument) throws(ReportError) -> DelimitedTable {
    var table = DelimitedTable(
      columns: ["method", "tuned_parameters", "alpha", "dataset", "n", "top1", "top1_lower", "top1_upper"])
    for method in document.methods {
      for point in method.curve {
        let target = document.targetName ?? "target"
        let scores =
          [(target, point.target)]
          + document.shiftNames.compactMap { name in
            point.shifts[name].map { (name, $0) }
          }
        for (name, score) in scores {
          try table.append([
            method.name, String(method.tunedParameters), String(point.alpha), name, String(score.n),
            String(score.top1), score.ci95.map { String($0.lower) } ?? "",
            score.ci95.map { String($0.upper) } ?? "",
          ])
        }
      }
    }
    return table
  }

  private static func method(_ run: LoadedRun, _ curve: WiseCurve) -> MethodResult {
    let result = run.record.result
    let epochs = run.folder.metrics(FineTuner.EpochMetrics.self)
    let losses = epochs.flatMap { epoch in
      epoch.stepLosses.enumerated().map { offset, loss in
        MetricPoint(step: epoch.step - epoch.stepLosses.count + offset + 1, value: Double(loss))
      }
    }
    return MethodResult(
      name: run.record.method, tunedParameters: run.record.parameters.tuned,
      headParameters: run.record.parameters.head,
      training: TrainingFacts(
        epochs: result.map { Double($0.epochs) }, steps: result?.steps, seconds: result?.seconds,
        imagesPerSecond: result?.imagesPerS, peakMegabytes: result.map { Double($0.peakRssMb) },
        series: [MetricSeries(name: "train_loss", points: losses)]),
      curve: curve.points.map(point),
      selected: curve.selected.map { AlphaChoice(alpha: $0.alpha, rule: $0.rule.words) },
      oracle: curve.oracle.map { AlphaChoice(alpha: $0.alpha, rule: $0.rule.words) })
  }

  private static func point(_ point: WiseCurve.Point) -> CurvePoint {
    CurvePoint(
      alpha: point.alpha, target: score(point.target),
      shifts: Dictionary(
        point.shifts.map { ($0.dataset, score($0)) }, uniquingKeysWith: { first, _ in first }))
  }

  private static func score(_ scores: DatasetScores) -> Score {
    Score(
      top1: scores.top1,
      ci95: ConfidenceInterval(lower: scores.top1Interval.lower, upper: scores.top1Interval.upper),
      n: scores.n,
      top5: scores.top5, ece: scores.ece, nll: scores.nll)
  }

  private func provenance() -> [ProvenanceEntry] {
    guard let record = runs.first?.run.record else { return [] }
    var entries = [
      ProvenanceEntry("clipft", record.programVersion, group: "Program"),
      ProvenanceEntry("engine", record.machine.engine, group: "Program"),
      ProvenanceEntry("precision", record.machine.precision.rawValue, group: "Program"),
      ProvenanceEntry("threads", String(record.machine.threads), group: "Program"),
      ProvenanceEntry("model", record.model.path, group: "Model"),
      ProvenanceEntry("weights SHA-256", record.model.sha256, group: "Model"),
      ProvenanceEntry("training data", record.data.name, group: "Data"),
      ProvenanceEntry(
        "images", "\(record.data.trainImages) for training, \(record.data.validationImages) for validation",
        group: "Data"),
      ProvenanceEntry("validation", record.data.validationSplit, group: "Data"),
      ProvenanceEntry("data fingerprint", record.data.fingerprint, group: "Data"),
      ProvenanceEntry("prompts", record.data.templates.joined(separator: " · "), group: "Data"),
    ]
    for (run, _) in runs {
      let settings = run.record.settings
      let options = run.record.methodOptions.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
      let facts = [
        "\(settings.epochs) epochs", "batch \(settings.batchSize)", "learning rate \(settings.learningRate)",
        "weight decay \(settings.weightDecay)", "seed \(settings.seed)",
      ]
      entries.append(
        ProvenanceEntry(run.record.method, (options + facts).joined(separator: ", "), group: "Fine-tuning"))
    }
    return entries
  }

  /// Every dataset with a few of its images and what the zero-shot and fine-tuned models say of them.
  private func sampled() throws -> [ReportDataset] {
    guard let first = runs.first?.run else { return [] }
    let classes = first.record.data.classes
    let shown = try datasets.map { dataset in
      let count = min(Self.samplesPerDataset, dataset.count)
      let picks = (0..<count).map { ($0 * dataset.count + dataset.count / 2) / count }
      return try PreparedDataset(
        dataset: dataset.subset(picks), preprocessing: first.record.model.preprocessing)
    }
    var predictions = shown.map { Array(repeating: [SamplePrediction](), count: $0.count) }
    let models =
      [("zero-shot", first.endpoints.pretrained)]
      + runs.map { ($0.run.record.method, $0.run.endpoints.finetuned) }
    for (name, state) in models {
      let classifier = try ImageClassifier(
        config: first.record.model.architecture, classes: classes.count, state: state, file: name)
      for (index, dataset) in shown.enumerated() {
        let mapping = try LabelMapping(from: dataset.dataset.classes, to: classes)
        let targets = try mapping.targets(for: dataset.dataset.labels)
        let probabilities = classifier.logits(try dataset.batch(0..<dataset.count).images, .inference).value
          .softmax()
        let values = probabilities.array
        for (image, best) in probabilities.argmaxByRow().enumerated() {
          predictions[index][image].append(
            SamplePrediction(
              label: classes[best].name, isCorrect: Int32(best) == targets[image],
              confidence: Double(values[image * classes.count + best]), method: name))
        }
      }
    }
    return try zip(shown, predictions).enumerated().map { index, entry in
      let (dataset, predictions) = entry
      let samples = try predictions.enumerated().map { image, predictions in
        SampleImage(
          png: try ImageEncoder.png(dataset.pixels(at: image)),
          label: dataset.dataset.classNames[dataset.dataset.label(at: image)], predictions: predictions)
      }
      let whole = datasets[index]
      return ReportDataset(
        name: whole.name, role: index == 0 ? .target : .shift, description: descriptions[whole.name] ?? "",
        n: whole.count, samples: samples)
    }
  }
}
