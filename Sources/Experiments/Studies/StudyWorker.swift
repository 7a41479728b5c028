import Foundation
import TensorCore
import Training

/// Computes runs of a study, one after another, each that nobody else computes, until none is left.
///
/// Any number of workers, on any machines that see the folders, may do so at once.
public final class StudyWorker {
  private let ledger: StudyLedger
  /// The only runs that are computed; nil is all.
  private let only: Set<Int>?

  /// What a worker tells.
  public struct Observer: Sendable {
    public var onBegin: @Sendable (_ cell: String, _ id: String) -> Void = { _, _ in }
    public var onEnd: @Sendable (_ cell: String, _ result: CellResult) -> Void = { _, _ in }
    /// What a reader must know of a run, a sentence.
    public var onNote: @Sendable (_ cell: String, _ note: String) -> Void = { _, _ in }
    public var onFailure: @Sendable (CellFailure) -> Void = { _ in }
    public var shouldStop: @Sendable () -> Bool = { false }

    public init() {}
  }

  public enum Outcome: Sendable {
    /// Nothing is left that could be begun.
    case finished
    case stopped
  }

  /// `only` are names of runs that alone are computed; their search, if any, must be done. Throws where there is none of a name.
  public init(_ ledger: StudyLedger, only: [String]? = nil) throws {
    self.ledger = ledger
    self.only = try only.map { try Set($0.map(ledger.plan.place(named:))) }
  }

  /// How long it waits before it looks again whether others have found out what it is to try.
  private static let pause: TimeInterval = 2

  public func run(_ observer: Observer = Observer()) throws -> Outcome {
    while !observer.shouldStop() {
      try ledger.refresh()
      let places = ledger.plan.cells.indices.filter { only?.contains($0) ?? true }
      let ready = places.filter { ledger.state($0) == .waiting }
      guard !ready.isEmpty else {
        // What others find out may be this one's to go on with.
        let waits =
          places.contains { ledger.state($0) == .pending } && places.contains { ledger.state($0) == .running }
        guard waits else { return .finished }
        Self.sleep(Self.pause, unless: observer.shouldStop)
        continue
      }
      var didAny = false
      for place in ready {
        switch try compute(place, observer) {
        case .taken: continue
        case .done: didAny = true
        case .stopped: return .stopped
        }
        // What is done may have named others, which come first.
        if ledger.plan.study.search != nil { break }
      }
      if !didAny { Self.sleep(Self.pause, unless: observer.shouldStop) }
    }
    return .stopped
  }

  private enum Step {
    case done, taken, stopped
  }

  private func compute(_ place: Int, _ observer: Observer) throws -> Step {
    guard let id = ledger.ids[place], let scores = ledger.scores[place] else { return .taken }
    let cell = ledger.plan.cells[place].name
    let scoring = ledger.scoring(place)
    guard !observer.shouldStop() else { return .stopped }
    guard !ledger.store.hasResult(id, scores: scores) else { return .taken }
    let lease: RunLock
    do {
      lease = try ledger.store.lease(id)
    } catch TrainingError.locked {
      return .taken
    }
    defer { lease.release() }
    // Another may have done it between.
    guard !ledger.store.hasResult(id, scores: scores) else { return .taken }
    observer.onBegin(cell, id)
    do {
      let resolved = try ledger.resolved(place)
      guard try ledger.context.identity(resolved).id == id,
        try ledger.context.scoresName(resolved.spec, scoring) == scores
      else {
        throw TrainingError.notComparable(
          "Its model or images have changed since the study was planned: run `clipft study run` again, which plans it anew."
        )
      }
      let job = CellJob(
        id: id, resolved: resolved, scoring: scoring, scores: scores, context: ledger.context,
        store: ledger.store,
        tell: { observer.onNote(cell, $0) })
      guard let result = try job.run(lease: lease, shouldStop: observer.shouldStop) else { return .stopped }
      observer.onEnd(cell, result)
    } catch is WorkStopped {
      return .stopped
    } catch {
      let known = error as? any ClassifiedError
      let failure = CellFailure(
        cell: cell, id: id, reason: known?.description ?? "\(error)", kind: known?.kind ?? .internalError)
      try ledger.folder.note(failure)
      observer.onFailure(failure)
    }
    return .done
  }

  private static func sleep(_ seconds: TimeInterval, unless shouldStop: () -> Bool) {
    let end = Date().addingTimeInterval(seconds)
    while Date() < end, !shouldStop() { Thread.sleep(forTimeInterval: 0.1) }
  }
}
