import Checkpoint
import Foundation
import TensorCore
import Training

/// Runs a study on this machine: a number of worker processes, each with its share of the threads.
public final class LocalLauncher {
  private let ledger: StudyLedger
  private let folder: StudyFolder
  private let jobs: Int
  private let threads: Int
  private let only: [String]?
  private let executable: URL
  private let environment: [String: String]
  private var workers: [Worker] = []
  /// How often each run's process has ended without a word.
  private var losses: [String: Int] = [:]
  /// Of the last worker that gave up, the file that says why.
  private var complaint: String?
  /// Whether a worker was told to stop by somebody else, as by `study cancel`.
  private var wasCancelled = false

  /// A run whose process has ended so often, in one call, has failed.
  private static let mostLosses = 3

  private struct Worker {
    let process: Process
    let number: Int
  }

  public struct Observer {
    /// Told again and again how far the study is.
    public var onProgress: (StudyLedger) -> Void = { _ in }
    /// A sentence that its reader must know, such as that a process was lost.
    public var onNote: (String) -> Void = { _ in }
    public var shouldStop: () -> Bool = { false }

    public init() {}
  }

  /// `threads` are those of each of the `jobs` processes of `executable`, this program; `environment` is added to this one's.
  public init(
    _ ledger: StudyLedger, in folder: StudyFolder, jobs: Int, threads: Int, only: [String]? = nil,
    executable: URL, environment: [String: String] = [:]
  ) {
    self.environment = environment
    (self.ledger, self.folder, self.jobs, self.threads) = (ledger, folder, jobs, threads)
    (self.only, self.executable) = (only, executable)
  }

  /// Works until nothing is left, or it is asked to stop: then workers save, and `run` waits for them.
  public func run(_ observer: Observer = Observer()) throws -> StudyWorker.Outcome {
    defer { for worker in workers where worker.process.isRunning { worker.process.terminate() } }
    for number in 0..<jobs { try start(number) }
    var isStopping = false
    while !workers.isEmpty {
      let began = Date()
      try ledger.refresh()
      observer.onProgress(ledger)
      if !isStopping, observer.shouldStop() {
        isStopping = true
        for worker in workers { worker.process.interrupt() }
      }
      try reap(isStopping, observer)
      // Looking takes no more than a small part of the time, however many runs there are.
      let pause = max(0.25, min(30, 20 * Date().timeIntervalSince(began)))
      let end = Date().addingTimeInterval(pause)
      while Date() < end, workers.allSatisfy(\.process.isRunning), !workers.isEmpty,
        isStopping || !observer.shouldStop()
      { Thread.sleep(forTimeInterval: 0.05) }
    }
    try ledger.refresh()
    observer.onProgress(ledger)
    if !isStopping, let complaint, ledger.count(.waiting) > 0 { throw LostWorkers(log: complaint) }
    return isStopping || (wasCancelled && ledger.count(.waiting) > 0) ? .stopped : .finished
  }

  /// Workers gave up while there were runs left.
  private struct LostWorkers: ClassifiedError {
    let log: String
    var kind: FailureKind { .internalError }
    var description: String {
      "The processes that were to compute runs gave up before the study was done; the end of \(log) says why."
    }
  }

  private func start(_ number: Int) throws {
    let process = Process()
    process.executableURL = executable
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.arguments =
      ["study", "work", folder.url.path, "--threads", "\(threads)", "--parent", "\(getpid())"]
      + (only.map { ["--only"] + $0 } ?? [])
    let log = folder.logs.appendingPathComponent("worker-\(number + 1).log")
    if !FileManager.default.fileExists(atPath: log.path) {
      try AtomicFile.write("", to: log)
    }
    let output = try FileHandle(forWritingTo: log)
    try output.seekToEnd()
    process.standardOutput = output
    process.standardError = output
    process.standardInput = FileHandle.nullDevice
    do {
      try process.run()
    } catch {
      throw CheckpointError.cannotCreate(
        file: executable.path, reason: "it cannot be started as a worker: \(error.localizedDescription)")
    }
    workers.append(Worker(process: process, number: number))
  }

  /// Looks after workers that have ended: one that was killed leaves its run to another.
  private func reap(_ isStopping: Bool, _ observer: Observer) throws {
    for worker in workers where !worker.process.isRunning {
      workers.removeAll { $0.number == worker.number }
      let log = folder.logs.appendingPathComponent("worker-\(worker.number + 1).log").relativePath
      guard worker.process.terminationReason == .uncaughtSignal else {
        let status = worker.process.terminationStatus
        if status == 130 {
          wasCancelled = true
        } else if status != 0 {
          complaint = log
          observer.onNote("worker \(worker.number + 1) ended with \(status); \(log) says why")
        }
        continue
      }
      let signal = worker.process.terminationStatus
      let pid = worker.process.processIdentifier
      let lost = ledger.plan.cells.indices.first { place in
        ledger.ids[place].map { ledger.store.lastHolder($0)?.process.pid == pid } ?? false
      }
      if let lost, let id = ledger.ids[lost] {
        losses[id, default: 0] += 1
        let name = ledger.plan.cells[lost].name
        if losses[id, default: 0] >= Self.mostLosses {
          try folder.note(
            CellFailure(
              cell: name, id: id,
              reason:
                "Its process was ended \(Self.mostLosses) times by signal \(signal); is there enough memory? Try fewer --jobs.",
              kind: .internalError))
          observer.onNote(
            "\(name) has failed: its process was ended \(Self.mostLosses) times by signal \(signal)")
        } else {
          observer.onNote(
            "the process that computed \(name) was ended by signal \(signal); another goes on with it")
        }
      } else {
        observer.onNote("worker \(worker.number + 1) was ended by signal \(signal); see \(log)")
      }
      if !isStopping { try start(worker.number) }
    }
  }
}
