import Checkpoint
import Datasets
import Foundation
import TensorCore
import Training

/// What the runs of a study that are not done would take on this machine: measured from a few steps of each kind of run.
public struct StudyEstimate: Codable, Sendable, Equatable {
  /// Seconds of one run after another, and of as many at once as `jobs`.
  public var sequentialS: Double
  public var estimatedS: Double
  public var jobs: Int
  /// Largest memory of a run, in MiB.
  public var memoryMb: Int
  /// Bytes that the runs will keep, features that they share included.
  public var diskBytes: Int
  /// Kinds of runs that were measured now; the others had been.
  public var measured: Int
  /// Kinds of runs that could not be measured, and why: what they take is not in the numbers.
  public var unmeasured: [String]
}

/// Estimates; what was measured is kept beside the study and not measured again.
struct StudyEstimator {
  let ledger: StudyLedger
  let folder: StudyFolder

  private struct Kept: Codable {
    struct Entry: Codable {
      let kind: MeasuredCost.Kind
      let cost: MeasuredCost
    }

    /// Measurements hold for the machine, and for this version of the program.
    let machine: String
    let entries: [Entry]
  }

  /// Images whose features by the pre-trained tower runs share.
  private struct SharedImages: Hashable {
    let model: String
    let imageSize: Int?
    let data: String

    init(_ spec: RunSpec) {
      (model, imageSize) = (spec.model, spec.imageSize)
      var data = spec.data
      // Few images are some of the many.
      data.shots = nil
      self.data = JSONFormat.line(data)
    }
  }

  private static var machine: String {
    "\(ProcessIdentity.current.host) \(ProgramVersion.current) \(Compute.backend.description)"
  }

  /// What was measured here before; nothing where it was elsewhere, or cannot be read: it is measured again.
  private func kept() -> [MeasuredCost.Kind: MeasuredCost] {
    guard let data = try? InputFile.read(folder.costsFile),
      let kept = try? JSONFormat.decode(Kept.self, from: data),
      kept.machine == Self.machine
    else { return [:] }
    return Dictionary(kept.entries.map { ($0.kind, $0.cost) }, uniquingKeysWith: { first, _ in first })
  }

  /// `observe` is told before each kind of run that is measured.
  func estimate(
    jobs asked: Int?, observe: (_ kind: Int, _ kinds: Int) throws -> Void
  ) throws -> StudyEstimate {
    let wanted = asked ?? threadCount
    let threads = threadCount
    setThreadCount(max(1, threads / wanted))
    defer { setThreadCount(threads) }
    var costs = kept()
    let open = ledger.plan.cells.indices.filter { ledger.state($0) != .done }
    let ofUnits = Dictionary(grouping: open) { ledger.plan.cells[$0].unit }
    // One specification a unit and stage: seeds change nothing.
    var specs: [(spec: RunSpec, scoring: StudyScoring?, count: Int)] = []
    for unit in ledger.plan.units.indices {
      let stages = Dictionary(grouping: ofUnits[unit] ?? []) {
        ledger.plan.isFinal(ledger.plan.cells[$0])
      }
      for (_, places) in stages.sorted(by: { !$0.key && $1.key }) {
        specs.append((try ledger.resolved(places[0]).spec, ledger.scoring(places[0]), places.count))
      }
    }
    let kinds = Set(specs.map { MeasuredCost.Kind($0.spec) })
    let missing = kinds.filter { costs[$0] == nil }
    var (measured, failed, unmeasured) = (0, Set<MeasuredCost.Kind>(), [String]())
    for (spec, _, _) in specs {
      let kind = MeasuredCost.Kind(spec)
      guard costs[kind] == nil else { continue }
      try observe(measured, missing.count)
      guard !failed.contains(kind) else { continue }
      do {
        costs[kind] = try CostProbe(context: ledger.context).measure(spec)
      } catch let error as any ClassifiedError {
        // The run will say so itself; the others go on.
        failed.insert(kind)
        unmeasured.append("\(kind.method): \(error.description)")
        continue
      }
      measured += 1
      let entries = costs.map { Kept.Entry(kind: $0.key, cost: $0.value) }
      try AtomicFile.write(
        JSONFormat.encode(Kept(machine: Self.machine, entries: entries)), to: folder.costsFile)
    }
    var estimate = StudyEstimate(
      sequentialS: 0, estimatedS: 0, jobs: 1, memoryMb: 0, diskBytes: 0, measured: measured,
      unmeasured: unmeasured)
    var longest = 0.0
    var features: [SharedImages: Int] = [:]
    for (spec, scoring, count) in specs {
      guard let cost = costs[MeasuredCost.Kind(spec)] else { continue }
      let size = try ledger.context.size(of: spec, scoring)
      estimate.sequentialS += cost.seconds(size) * Double(count)
      longest = max(longest, cost.seconds(size))
      estimate.memoryMb = max(estimate.memoryMb, cost.memory)
      estimate.diskBytes += cost.bytes(size) * count
      let images = SharedImages(spec)
      features[images] = max(features[images] ?? 0, cost.sharedBytes(size))
    }
    estimate.diskBytes += features.values.reduce(0, +)
    let fitting = max(1, Int(0.8 * Double(UsableMemory.bytes >> 20) / Double(max(1, estimate.memoryMb))))
    estimate.jobs = asked ?? max(1, min(threads, fitting, open.count))
    // Measured with the threads that a run has where there are so many; with fewer runs at once, each has more.
    estimate.estimatedS = max(estimate.sequentialS / Double(wanted), open.isEmpty ? 0 : longest)
    return estimate
  }
}

extension StudyLedger {
  /// What is left to do, measured from a few steps of each kind of run; `jobs` are runs at once, nil as many as fit.
  public func estimate(
    jobs: Int? = nil, observe: (_ kind: Int, _ kinds: Int) throws -> Void = { _, _ in }
  ) throws -> StudyEstimate {
    try StudyEstimator(ledger: self, folder: folder).estimate(jobs: jobs, observe: observe)
  }
}
