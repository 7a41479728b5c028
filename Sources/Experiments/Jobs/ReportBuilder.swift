import CLIPCore
import Checkpoint
import Datasets
import EvalShift
import Foundation
import ImageCodec
import NN
import Report
import TensorCore
import Training
import WiSE

/// Makes one report of finished runs whose curves have been traced.
public struct ReportBuilder {
  /// Images shown of each dataset.
  private static let samplesPerDataset = 8

  private let runs: ComparableRuns
  /// The sets the curves were traced on, for samples.
  private let sets: [EvaluationSet]
  private let descriptions: [String: String]

  /// - Parameter sets: target first, then shifts, as the curves have them. Throws if they are other images.
  public init(
    runs: ComparableRuns, sets: [EvaluationSet], descriptions: [String: String]
  ) throws {
    self.runs = runs
    self.sets = sets
    self.descriptions = descriptions
    let scored = runs.runs.first?.curve.scored ?? []
    guard sets.isEmpty || sets.count == scored.count else {
      throw TrainingError.notComparable(
        "The curves were traced on \(scored.map(\.dataset).joined(separator: ", ")); name these with --datasets, in this "
          + "order, not \(sets.map(\.name).joined(separator: ", ")).")
    }
    for (set, scores) in zip(sets, scored) {
      guard set.images.sha256 == scores.imagesSHA256 else {
        throw TrainingError.notComparable(
          "The images of \(set.name) are not those that the curves were traced on (\(set.images.count) now, \(scores.n) "
            + "then); trace them anew with `clipft wise`.")
      }
    }
  }

  /// Throws if an image of a dataset cannot be read.
  public func document(title: String, subtitle: String, generated: Date) throws -> ReportDocument {
    var document = ReportDocument(
      title: title, subtitle: subtitle, generated: generated, provenance: provenance(),
      datasets: try sampled(),
      zeroShot: runs.runs.first?.curve.point(at: 0).map(SeedAverage.point),
      methods: runs.groups.map(Self.method), cautions: cautions())
    document.facts = ExperimentFacts(runs)
    document.sizes = document.sizesOfMethods
    try analyse(&document)
    return document
  }

  /// Adds what is found image by image, where the runs kept what they said of every image.
  private func analyse(_ document: inout ReportDocument) throws {
    document.effectiveRobustness = try lines()
    document.retention = try retention()
    guard let analysis = try ReportAnalysis(runs) else {
      document.cautions.append(
        "some runs did not keep what they said of each image, so that differences are judged by intervals alone, and agreement, "
          + "calibration and classes are not shown; trace them anew with `clipft wise`")
      return
    }
    document.paired = try analysis.paired()
    if document.paired == nil {
      document.cautions.append(
        "intervals were drawn in groups of images, which curves do not keep, so that differences are judged by intervals alone"
      )
    }
    document.agreement = try analysis.agreement()
    document.overlaps = try analysis.overlaps()
    document.reliability = try analysis.reliability()
    document.classChanges = analysis.classChanges(
      names: runs.runs.first?.run.record.data.classes.map(\.name) ?? [])
    document.repaired = try repaired(analysis)
  }

  /// What each method's first run still knows of other data, where `eval-shift --retention` found it of these weights.
  private func retention() throws -> [Retention] {
    try runs.groups.flatMap { group in
      let run = group.runs[0].run
      return try run.folder.retention().filter { $0.weightsSHA256 == run.record.result?.tunedSha256 }.map {
        one in
        Retention(
          method: group.name, alpha: one.alpha, dataset: one.dataset,
          before: SeedAverage.score(one.before), after: SeedAverage.score(one.after.scores),
          difference: one.after.differenceInterval.map { .init(lower: $0.lower, upper: $0.upper) })
      }
    }
  }

  /// The line of published zero-shot models for each shift that both they and the runs were scored on.
  private func lines() throws -> [Report.EffectiveRobustness] {
    let table = try AccuracyTable.published()
    let scored = runs.runs.first?.curve.scored.map(\.dataset) ?? []
    guard let target = scored.first, table.datasets.contains(target) else { return [] }
    return try scored.dropFirst().filter(table.datasets.contains).map { shift in
      let line = try AccuracyLine(through: table.accuracies(target: target, shift: shift))
      return Report.EffectiveRobustness(
        shift: shift, slope: line.slope, intercept: line.intercept,
        fittedTo: "\(table.models.count) published zero-shot models, by open_clip's results",
        published: table.models.compactMap { model in
          guard let x = model.accuracies[target], let y = model.accuracies[shift] else { return nil }
          return .init(name: "\(model.name) \(model.pretrained)", target: x, shift: y)
        })
    }
  }

  /// Images of each method that it broke and its selected alpha repaired, with the pictures.
  private func repaired(_ analysis: ReportAnalysis) throws -> [RepairedImages] {
    guard !sets.isEmpty, let record = runs.runs.first?.run.record else { return [] }
    let names = record.data.classes.map(\.name)
    return try analysis.repaired().compactMap { member, place, images, alphas in
      // The pictures are those of the set as it lies now, which may be in another order.
      let found = member.predictions[0].sets[place]
      let shown = images.prefix(Self.samplesPerDataset)
      let list = ImageList(shown.map { found.images.entries[$0] })
      let dataset = sets[place].dataset
      var places: [Int] = []
      for entry in list.entries {
        guard let index = sets[place].images.entries.firstIndex(where: { $0.sha256 == entry.sha256 }) else {
          return nil
        }
        places.append(index)
      }
      let pictures = try PreparedDataset(
        dataset: dataset.subset(places), preprocessing: record.model.preprocessing)
      func prediction(_ image: Int, _ at: ReportAnalysis.Place) -> SamplePrediction {
        let alpha = alphas[at] ?? 0
        let best = Int(found.predicted[alpha][image])
        return SamplePrediction(
          label: names.indices.contains(best) ? names[best] : String(best),
          isCorrect: found.predicted[alpha][image] == found.targets[image],
          confidence: Double(found.confidences[alpha][image]))
      }
      return RepairedImages(
        dataset: analysis.datasets[place], method: member.name,
        alpha: member.curves[0].selected?.alpha ?? 0, count: images.count,
        images: try shown.enumerated().map { index, image in
          let target = Int(found.targets[image])
          return RepairedImages.Image(
            png: try ImageEncoder.png(pictures.pixels(at: index)),
            label: names.indices.contains(target) ? names[target] : String(target),
            zeroShot: prediction(image, .zeroShot), fineTuned: prediction(image, .fineTuned),
            selected: prediction(image, .selected))
        })
    }
  }

  /// Writes the page, its figures and tables; gives the report in whose place they came, if one was there, and what a user
  /// must know. Throws if files of these names are there that are no report's.
  @discardableResult
  public func write(
    _ document: ReportDocument, to folder: URL
  ) throws -> (earlier: ReportDocument?, notes: [String]) {
    var results = ResultsTable()
    for (run, curve) in runs.runs { try results.add(curve, of: run.folder, run.record) }
    let written = try ReportFolder(url: folder, converter: FigureConverter())
      .write(document, results: results.table)
    return (written.earlier, written.notes)
  }

  /// What was left out, and where validation images were training images.
  private func cautions() -> [String] {
    runs.notes
      + runs.runs.compactMap { run, _ in
        run.record.data.validation.overlaps.map {
          "\(run.folder.url.lastPathComponent): \($0.train) of its \(run.record.data.validation.n) validation images were "
            + "trained on, so its selection of alpha means nothing"
        }
      }
  }

  private static func method(_ group: ComparableRuns.Group) -> MethodResult {
    let (run, curve) = group.runs[0]
    let curves = group.runs.map(\.curve)
    let results = group.runs.compactMap(\.run.record.result)
    func mean(_ value: (TrainingResult) -> Double) -> Double? {
      results.isEmpty ? nil : results.reduce(0) { $0 + value($1) } / Double(results.count)
    }
    let epochs = run.folder.metrics(FineTuner.EpochMetrics.self)
    let losses = epochs.flatMap { epoch in
      epoch.stepLosses.enumerated().map { offset, loss in
        MetricPoint(step: epoch.step - epoch.stepLosses.count + offset + 1, value: Double(loss))
      }
    }
    func choice(_ pick: (WiseCurve) -> AlphaSelection.Choice?) -> AlphaChoice? {
      let chosen = curves.compactMap { curve in
        pick(curve).flatMap { choice in curve.point(at: choice.alpha).map { (choice, $0) } }
      }
      // A rule that cannot choose for every seed has no mean.
      guard chosen.count == curves.count, let rule = chosen.first?.0.rule else { return nil }
      return AlphaChoice(
        alphas: chosen.map(\.0.alpha), rule: rule.rawValue, words: rule.words,
        point: SeedAverage.point(chosen.map(\.1)))
    }
    return MethodResult(
      name: group.name, look: group.look, seeds: curves.compactMap(\.seed),
      tunedParameters: run.record.parameters.tuned,
      headParameters: run.record.parameters.head,
      training: TrainingFacts(
        epochs: mean { Double($0.epochs) }, steps: results.first?.steps, seconds: mean(\.seconds),
        imagesPerSecond: mean(\.imagesPerS), peakMegabytes: mean { Double($0.peakRssMb) },
        series: [MetricSeries(name: "train_loss", points: losses)]),
      curve: curve.points.indices.map { index in SeedAverage.point(curves.map { $0.points[index] }) },
      selected: choice(\.selected),
      selections: AlphaSelection.Rule.honest.compactMap { rule in
        choice { curve in curve.selections.first { $0.rule == rule } }
      },
      oracle: choice(\.oracle))
  }

  private func provenance() -> [ProvenanceEntry] {
    guard let record = runs.runs.first?.run.record else { return [] }
    let scored = runs.runs.first?.curve.points.first?.target.provenance
    var entries = [
      ProvenanceEntry("clipft", ProgramVersion.current, group: "Program"),
      ProvenanceEntry("scored with", scored.map { "\($0.version), \($0.engine)" } ?? "", group: "Program"),
      ProvenanceEntry("precision of scores", scored?.precision ?? "", group: "Program"),
      ProvenanceEntry("model", record.model.path, group: "Model"),
      ProvenanceEntry("weights SHA-256", record.model.sha256, group: "Model"),
      ProvenanceEntry(
        "prompts",
        record.data.descriptions.map {
          "\($0.prompts) of \(record.data.classes.count) classes, in prompts.json; SHA-256 of the file \($0.sha256)"
        } ?? record.data.templates.joined(separator: " · "), group: "Data"),
    ]
    for set in runs.runs.first?.curve.scored ?? [] {
      entries.append(
        ProvenanceEntry(
          "\(set.dataset), \(set.n) images", set.imagesSHA256, group: "Sets, by SHA-256 of content"))
    }
    for (run, _) in runs.runs {
      let (record, settings) = (run.record, run.record.settings)
      let options = record.choices.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
      let facts = [
        settings.schedule.epochs == 1 ? "1 epoch" : "\(settings.schedule.epochs) epochs",
        "batch \(settings.batch.size)",
        "learning rate \(settings.optimizer.lr)",
        "weight decay \(settings.optimizer.weightDecay)", "seed \(settings.seeds.all)",
        "\(record.data.train.n) training images of \(record.data.name)",
        "\(record.data.validation.n) for validation (\(record.data.validationSplit))",
        "\(record.machine.engine), \(record.machine.precision.rawValue), \(record.machine.threads) threads",
        "clipft \(record.programVersion)",
      ]
      entries.append(
        ProvenanceEntry(
          "\(run.folder.url.lastPathComponent): \(record.method)", (options + facts).joined(separator: ", "),
          group: "Runs"))
    }
    return entries
  }

  /// Every dataset with a few of its images and what the zero-shot and fine-tuned models say of them.
  private func sampled() throws -> [ReportDataset] {
    guard let first = runs.runs.first?.run else { return [] }
    let classes = first.record.data.classes
    let shown = try sets.map { set in
      let count = min(Self.samplesPerDataset, set.dataset.count)
      let picks = (0..<count).map { ($0 * set.dataset.count + set.dataset.count / 2) / count }
      return try PreparedDataset(
        dataset: set.dataset.subset(picks), preprocessing: first.record.model.preprocessing)
    }
    var predictions = shown.map { Array(repeating: [SamplePrediction](), count: $0.count) }
    let models =
      [("zero-shot", first.path, 0.0)] + runs.groups.map { ($0.name, $0.runs[0].run.path, 1.0) }
    for (name, path, alpha) in models {
      let context = try path.move(to: alpha)
      for (index, dataset) in shown.enumerated() {
        let targets = try sets[index].mapping.targets(for: dataset.dataset.labels)
        let images = try dataset.batch(0..<dataset.count).images
        let probabilities = path.classifier.logits(images, context).value.softmax()
        let values = probabilities.array
        for (image, best) in probabilities.argmaxByRow().enumerated() {
          predictions[index][image].append(
            SamplePrediction(
              label: classes[best].name, isCorrect: Int32(best) == targets[image],
              confidence: Double(values[image * classes.count + best]), method: name))
        }
      }
    }
    let scored = runs.runs.first?.curve.points.first.map { [$0.target] + $0.shifts } ?? []
    return try zip(shown, predictions).enumerated().map { index, entry in
      let (dataset, predictions) = entry
      let samples = try predictions.enumerated().map { image, predictions in
        SampleImage(
          png: try ImageEncoder.png(dataset.pixels(at: image)),
          label: dataset.dataset.classNames[dataset.dataset.label(at: image)], predictions: predictions)
      }
      let set = sets[index]
      // Of several runs, each may have seen other images of a set.
      var marks: [String] = []
      for (run, curve) in runs.runs {
        let scores = curve.points.first.map { [$0.target] + $0.shifts } ?? []
        for mark in (scores.indices.contains(index) ? scores[index].marks : nil) ?? [] {
          let whole = runs.runs.count == 1 ? mark : "\(mark) (\(run.folder.url.lastPathComponent))"
          if !marks.contains(whole) { marks.append(whole) }
        }
      }
      // A target that was named as one, while the run's own test images stand among the shifts.
      let isForeign =
        index == 0
        && runs.runs.contains { _, curve in
          curve.points.first?.shifts.contains { ($0.provenance?.overlaps.test ?? 0) > 0 } ?? false
        }
      if isForeign {
        marks.append("was named as the target; the methods were trained for another distribution")
      }
      return ReportDataset(
        // What the curves call it, wherever it lies now.
        name: scored.indices.contains(index) ? scored[index].dataset : set.name,
        role: index == 0 ? .target : .shift, description: descriptions[set.name] ?? "",
        n: set.dataset.count, samples: samples, marks: marks,
        isSelectionSet: scored.indices.contains(index) && scored[index].provenance?.isSelectionSet == true,
        isTrainedFor: isForeign ? false : nil)
    }
  }
}
