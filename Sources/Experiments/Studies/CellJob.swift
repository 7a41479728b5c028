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
  let context: StudyContext
  let store: CellStore

  /// The result; nil if it was asked to stop, which loses nothing.
  ///
  /// `lease` is this process's right to the run. Throws where the run cannot be, with what is wrong.
  func run(lease: RunLock, shouldStop: @escaping @Sendable () -> Bool) throws -> CellResult? {
    let start = Date()
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
        peakRssMb: ProcessMemory.wholePeakMegabytes))
    try store.keep(result, scoring)
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
    if !isBegun, resolved.leavesWarmupToRecipe {
      _ = spec.settings.shortenWarmup(images: data.train.count, recipe: spec.recipe)
    }
    if isBegun { spec = try folder.record().spec }
    let job = try FineTuneJob(
      spec, model: context.model(resolved.spec).model, data: data, folder: folder,
      buildHead: context.headBuilder(data.descriptions), asked: resolved.asked,
      features: context.features)
    var observer = FineTuneJob.Observer()
    observer.monitor = TrainingMonitor(shouldStop: shouldStop)
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
    let arguments = try scoring.datasets.map { (text) throws(DatasetError) in try SetArgument(parsing: text) }
    var options = EvaluationOpener.Options()
    options.reader = context.reader
    options.badImages = run.record.request.badImages
    options.allowsOverlap = run.record.request.allowsOverlap
    let suite = try EvaluationOpener(
      run: (run.record, folder.images(run.record.data)), catalog: context.catalog(run.record.spec),
      options: options
    ).suite(arguments)
    let job = WiseJob(
      model: ScoredModel(run: run), subject: .init(run: run), alphas: scoring.alphas, suite: suite,
      rule: scoring.rule, arguments: arguments,
      features: run.tuned.hasFrozenTower
        ? (context.features, KeptFeatures.tower(of: run.record)) : nil)
    do {
      let (curve, predictions) = try job.execute(observer: .init(shouldStop: shouldStop))
      try folder.keep(curve, predictions)
      return curve
    } catch is WorkStopped {
      return nil
    }
  }
}
