import CLIPCore
import Datasets
import EvalShift
import Foundation
import TensorCore
import Training
import WiSE

/// One run of a study from where it is to its result: trains, or goes on with training, and scores.
struct CellJob {
  let id: String
  let resolved: SpecDraft.Resolved
  let scoring: StudyScoring?
  /// What its scores are kept under.
  let scores: String
  let context: StudyContext
  let store: CellStore
  /// Told what a reader must know, a sentence each.
  let tell: @Sendable (String) -> Void

  /// The result; nil if it was asked to stop, which loses nothing.
  ///
  /// `lease` is this process's right to the run. Throws where the run cannot be, with what is wrong.
  func run(lease: RunLock, shouldStop: @escaping @Sendable () -> Bool) throws -> CellResult? {
    let start = Date()
    // What this process did for other runs is no part of what this one takes.
    ProcessMemory.resetPeak()
    let folder = store.run(id)
    Compute.setPrecision(resolved.spec.precision)
    guard let record = try trained(folder, shouldStop) else { return nil }
    try lease.check()
    var curve: WiseCurve?
    if let scoring {
      guard let traced = try traced(folder, scoring, shouldStop) else { return nil }
      curve = traced
    }
    try lease.check()
    let result = CellResult(
      cell: id, record, curve: curve,
      cost: .init(
        seconds: Date().timeIntervalSince(start), imagesPerS: record.result?.imagesPerS ?? 0,
        peakRssMb: ProcessMemory.peakMegabytes))
    try store.keep(result, scores: scores)
    return result
  }

  /// The record of the finished run; nil if training was stopped.
  private func trained(_ folder: RunFolder, _ shouldStop: @escaping @Sendable () -> Bool) throws -> RunRecord?
  {
    let isBegun = folder.exists
    if isBegun {
      let record = try folder.record()
      guard record.status != .finished else { return record }
    }
    var spec = resolved.spec
    let data = try context.images(spec).data
    if isBegun {
      spec = try folder.record().spec
    } else if resolved.leavesWarmupToRecipe,
      let change = spec.settings.shortenWarmup(images: data.train.count, recipe: spec.recipe)
    {
      tell(change)
    }
    let job = try FineTuneJob(
      spec, model: context.model(resolved.spec).model, data: data, folder: folder,
      buildHead: context.headBuilder(data.descriptions), asked: resolved.asked,
      features: context.features)
    var observer = FineTuneJob.Observer()
    observer.monitor = TrainingMonitor(onWarning: tell, shouldStop: shouldStop)
    let record: RunRecord
    do {
      record = try job.run(resuming: isBegun, observer: observer)
    } catch {
      throw resolved.locatedError(error)
    }
    return record.status == .finished ? record : nil
  }

  /// The curve, kept in the run's folder; nil if scoring was stopped.
  private func traced(
    _ folder: RunFolder, _ scoring: StudyScoring, _ shouldStop: @escaping @Sendable () -> Bool
  ) throws -> WiseCurve? {
    let run = try LoadedRun.load(folder)
    let arguments = try scoring.arguments
    var options = EvaluationOpener.Options()
    options.reader = context.reader
    options.badImages = run.record.request.badImages
    options.allowsOverlap = run.record.request.allowsOverlap
    let suite = try EvaluationOpener(
      run: (run.record, folder.images(run.record.data)), catalog: context.catalog(run.record.spec),
      options: options
    ).suite(arguments)
    for note in suite.notes { tell(note) }
    if !suite.skipped.isEmpty { tell("\(suite.skipped.count) images cannot be decoded and are not scored") }
    let job = WiseJob(
      model: ScoredModel(run: run), subject: .init(run: run), alphas: scoring.alphas, suite: suite,
      rule: scoring.rule, arguments: arguments,
      features: (context.features, KeptFeatures.tower(of: run.record)))
    do {
      let (curve, predictions) = try job.execute(observer: .init(shouldStop: shouldStop))
      try folder.keep(curve, predictions)
      return curve
    } catch is WorkStopped {
      return nil
    }
  }
}
