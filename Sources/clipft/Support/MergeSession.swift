import ArgumentParser
import CLIPCore
import Datasets
import EvalShift
import Experiments
import Foundation
import Report
import Training
import WiSE

/// Merges models with progress shown, and opens the images that the method looks at.
struct MergeSession {
  let options: MergeOptions
  let method: any MergeMethod
  private let workspace: Workspace

  init(_ options: MergeOptions, method name: String) throws {
    self.options = options
    method = try MergeMethodRegistry.method(named: name, options: options.method.values())
    workspace = try options.common.start()
  }

  private var looksAtImages: Bool {
    let needs = type(of: method).needs
    return needs.contains(.validation) || (needs.contains(.fisher) && options.fisher.isEmpty)
  }

  func run() throws {
    let sources = try options.models.map(source)
    let isRun = sources.map { RunFolder($0.place).exists }
    try UnusedOptions.refuse(
      [("--arch", options.arch != nil && !isRun.contains(false))], because: "runs have their own architecture"
    )
    try UnusedOptions.refuse(
      [("--model", options.model != nil && !isRun.contains(true))], because: "no run is among the models")
    if !looksAtImages {
      try UnusedOptions.refuse(
        [
          ("--val", options.val != nil), ("--allow-overlap", options.overlap.allowOverlap),
          ("--bad-images", options.badImages.badImages != .fail),
        ] + dataOptions,
        because: "\(type(of: method).name) looks at no images here")
    }
    var job = MergeJob(
      method, sources: sources, base: try options.base.map(source), fishers: try options.fisher.map(file),
      place: URL(fileURLWithPath: options.out).standardizedFileURL, environment: workspace.environment)
    job.config = try options.arch.map { (name) throws(ModelError) in try Architectures.config(named: name) }
    job.movedModel = try options.model.map { try ModelSource($0).place(workspace) }
    let report = try execute(job)
    for note in report.notes { Terminal.say("note: \(note)") }
    try options.common.output(report) { summary(report) }
  }

  private func execute(_ job: MergeJob) throws -> MergeReport {
    var observer = MergeJob.Observer()
    var progress: Progress?
    observer.onTensor = { done, total in
      if progress == nil { progress = Progress("merging", total: total, unit: "tensors") }
      progress?.set(done)
      if done == total { progress?.finish() }
    }
    var trials = 0
    observer.onTrial = { score in
      trials += 1
      Terminal.say(
        "mixture \(trials): \(score.correct) of \(score.images) right, cross entropy "
          + String(format: "%.4f", score.crossEntropy))
    }
    observer.scoring = .init(shouldStop: { Interrupt.isRequested })
    do {
      guard looksAtImages else { return try job.execute(observer: observer) }
      return try job.execute(validation: { try validation($0) }, observer: observer)
    } catch is WorkStopped {
      progress?.finish("stopped; nothing was written")
      throw Interrupted()
    }
  }

  private func source(_ text: String) throws -> MergeJob.Source {
    MergeJob.Source(label: text, place: try ModelSource(text).place(workspace))
  }

  private func file(_ text: String) throws -> MergeJob.Source {
    MergeJob.Source(
      label: text, place: try ModelSource.existing(text.expandingHome, what: "file of Fisher information"))
  }

  // MARK: Images

  private var dataOptions: [(String, Bool)] {
    [
      ("--classes", options.data.classes != nil), ("--data-root", options.data.dataRoot != nil),
      ("--allow-partial", options.data.allowPartial),
    ] + options.data.promptOptions
  }

  private func validation(_ models: MergeModels) throws -> MergeValidation {
    let (data, overlap) = (options.data, options.overlap.allowOverlap)
    if let run = models.runs.first { options.common.adoptPrecision(of: run.record, workspace) }
    guard let val = options.val else {
      try UnusedOptions.refuse(
        dataOptions, because: "the runs' own validation images are used; name others with --val")
      let request = models.runs.first?.record.request
      return try MergeValidation.own(
        of: models,
        catalog: workspace.catalog(
          dataRoot: request?.dataRoot ?? workspace.dataRoot(nil),
          allowsPartial: request?.allowsPartial ?? false),
        reader: ReadingSession.reader(), allowsOverlap: overlap)
    }
    let set = try SetArgument(parsing: val)
    let catalog = workspace.catalog(
      dataRoot: workspace.dataRoot(data.dataRoot), allowsPartial: data.allowPartial)
    if models.headClasses != nil {
      try UnusedOptions.refuse(data.promptOptions, because: "the models have heads of their own")
    }
    let labels =
      if let classes = models.headClasses {
        ZeroShotSession.Labels(classes: classes, templates: [])
      } else {
        try data.labels(set, catalog: catalog)
      }
    var opening = try data.evaluation(badImages: options.badImages.badImages, competition: .subset)
    // What was trained on is refused below; what was selected on before is selected on again.
    opening.allowsOverlap = true
    let opened = try EvaluationOpener(
      headClasses: labels.classes, seen: models.seen, catalog: catalog, options: opening
    ).open([set])[0]
    BadImageOption.tell(opened.skipped, of: opened.set.name)
    guard models.headClasses == nil else {
      return try MergeValidation(opened.set, classes: labels.classes, allowsOverlap: overlap)
    }
    let templates = try data.prompts() ?? labels.templates
    let heads = HeadSession(
      workspace, descriptions: try data.classDescriptions(labels.classes, templates: templates))
    return try MergeValidation(opened.set, classes: labels.classes, allowsOverlap: overlap) { model in
      try heads.head(
        of: model, classNames: labels.classes.map(\.name), templates: templates, maybeKept: false)
    }
  }

  // MARK: Output

  private func summary(_ report: MergeReport) -> String {
    var table = TextTable(columns: [.init("model"), .init("coefficient", .right)])
    for (input, coefficient) in zip(report.inputs, report.coefficients) {
      table.append([input, String(format: "%.4g", coefficient)])
    }
    let head = report.headClasses.map { ", with a head of \(Figures.count($0)) classes" } ?? ""
    let models = report.inputs.count == 1 ? "1 model" : "\(Figures.count(report.inputs.count)) models"
    return table.text() + "\ncoefficient: \(report.coefficientMeaning)"
      + "\n\(options.out): \(report.method) of \(models), "
      + "\(Figures.count(report.tensors)) tensors in fp32\(head)"
  }
}
