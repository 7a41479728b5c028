import CLIPCore
import Checkpoint
import Datasets
import EvalShift
import Foundation
import Synchronization
import TensorCore
import Training

/// Measures what a run takes by a few steps of it, and by scoring a few images, in a folder that is removed.
struct CostProbe {
  let context: StudyContext
  /// Images that are trained on at most.
  private static let images = 64
  private static let epochs = 3

  func measure(_ spec: RunSpec) throws -> MeasuredCost {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "clipft-probe-\(getpid())-\(UInt32.random(in: 0 ... .max))")
    defer { try? FileManager.default.removeItem(at: folder) }
    var spec = spec
    Compute.setPrecision(spec.precision)
    let all = try context.images(spec).data
    let batch = min(spec.settings.batch.size, Self.images, all.train.count)
    let data = try all.taking(batch)
    spec.settings.batch.size = batch
    if let micro = spec.settings.batch.micro { spec.settings.batch.micro = min(micro, batch) }
    let schedule = spec.settings.schedule
    spec.settings.schedule = ScheduleSettings(name: schedule.name, epochs: Self.epochs)
    let model = try context.model(spec).model
    ProcessMemory.resetPeak()
    let before = ProcessMemory.peakMegabytes
    let clock = Clock()
    var observer = FineTuneJob.Observer()
    observer.onStart = { _, _, _ in clock.tick() }
    observer.monitor = TrainingMonitor(onStep: { _ in clock.tick() })
    let run = RunFolder(folder.appendingPathComponent("run"))
    clock.tick()
    _ = try FineTuneJob(
      spec, model: model, data: data, folder: run, buildHead: context.headBuilder(data.descriptions)
    ).run(observer: observer)
    let ticks = clock.ticks
    // What trains nothing makes no step.
    let steps = zip(ticks.dropFirst(2), ticks.dropFirst(1)).map { $0 - $1 }
    let step = steps.dropFirst().min() ?? 0
    let ahead = max(0, (steps.first ?? 0) - step)
    let trained = try LoadedRun.load(run)
    // Before the first step, features of all images are computed where they are the same throughout; else what is made ready once.
    let isFrozen = trained.tuned.hasFrozenTower && spec.settings.augmentation == nil
    let weights = try Self.bytes(run.tunedFile) + Self.bytes(run.startHeadFile) + 64 << 10
    let (scoring, alpha) = try score(trained, data)
    // Memory grows with the images of a pass.
    let pass = Double(spec.settings.batch.micro ?? batch)
    let asked = Double(min(MeasuredCost.Kind(spec).micro, all.train.count))
    let own = Double(max(0, ProcessMemory.peakMegabytes - before))
    return MeasuredCost(
      start: (ticks.count > 1 ? ticks[1] - ticks[0] : 0) + (isFrozen ? 0 : ahead),
      once: isFrozen ? ahead / Double(batch) : 0, training: step / Double(batch), scoring: scoring,
      alpha: alpha,
      memory: before + Int(own * max(1, asked / pass)), weights: weights,
      features: model.clip.config.vision.transformer.width * MemoryLayout<Float>.stride, isFrozen: isFrozen)
  }

  /// Seconds an image: shared by all alphas, and for each.
  private func score(_ run: LoadedRun, _ data: TrainingData) throws -> (shared: Double, alpha: Double) {
    let model = ScoredModel(run: run)
    let set = try EvaluationSet(
      data.train, role: .target, images: data.images.train, seen: nil, headClasses: model.classes)
    func seconds(_ alphas: [Double]) throws -> Double {
      let start = Date()
      _ = try ShiftEvaluator(config: model.config, preprocessing: model.preprocessing).sweep(
        model.path, alphas: alphas, sets: [set])
      return Date().timeIntervalSince(start) / Double(max(1, data.train.count))
    }
    // What is made ready once is no part of it.
    _ = try seconds([0.5])
    let (one, three) = (try seconds([0.5]), try seconds([0.25, 0.5, 0.75]))
    let alpha = max(0, (three - one) / 2)
    return (max(0, one - alpha), alpha)
  }

  private static func bytes(_ file: URL) throws -> Int {
    (try FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int) ?? 0
  }

  private final class Clock: Sendable {
    private let times = Mutex<[Double]>([])
    func tick() { times.withLock { $0.append(Date().timeIntervalSinceReferenceDate) } }
    var ticks: [Double] { times.withLock { $0 } }
  }
}
