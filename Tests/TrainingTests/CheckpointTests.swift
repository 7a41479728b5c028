import Checkpoint
import Experiments
import Foundation
import Synchronization
import TestSupport
import Testing
import Training
import TrainingTestSupport

/// A run is saved while it trains, and goes on without what cannot be saved.
@Suite("Checkpoints while training")
struct CheckpointTests {
  private let tiny: TinyTraining

  init() throws { tiny = try TinyTraining() }

  private func expectSameBits(_ a: StateDict, _ b: StateDict) throws {
    #expect(a.names == b.names)
    for name in a.names {
      #expect(try #require(a[name]).bytes.elementsEqual(try #require(b[name]).bytes), "\(name)")
    }
  }

  /// Saves after every step.
  private var always: FineTuneJob.Observer {
    var observer = FineTuneJob.Observer()
    observer.checkpoints = CheckpointSchedule(first: 0, interval: 0)
    observer.checkpoints.largestShare = .infinity
    return observer
  }

  @Test(
    "Killed within an epoch, or while it is validated, a run ends with the bits of one that was not",
    arguments: [("full", 2), ("full", 3), ("lora", 5), ("linear", 4)])
  func killed(method: String, step: Int) throws {
    let whole = try tiny.run(method, name: "whole")
    let job = try tiny.job(method, name: "killed")
    let copy = tiny.folder.file("copy")
    var observer = always
    // What is on disk after so many steps is what a killed process leaves.
    observer.monitor.onStep = { [folder = job.folder] done in
      guard done.step == step else { return }
      try? FileManager.default.copyItem(at: folder.url, to: copy)
      try? FileManager.default.removeItem(at: copy.appendingPathComponent(RunLock.fileName))
    }
    _ = try job.run(observer: observer)
    let killed = try SafetensorsFile(url: RunFolder(copy).checkpointFile).stateDict()
    #expect(killed.metadata["step"] == String(step - 1))
    #expect(try RunFolder(copy).record().status == .running)
    #expect(try tiny.job(method, name: "copy").run(resuming: true).status == .finished)
    try expectSameBits(try SafetensorsFile(url: RunFolder(copy).tunedFile).stateDict(), whole)
    let lines = RunFolder(copy).metrics(FineTuner.EpochMetrics.self)
    #expect(lines.map(\.epoch) == [1, 2])
    #expect(lines.allSatisfy { $0.stepLosses.count == 3 })
  }

  @Test("Where no checkpoint can be written, training goes on, and says so")
  func unwritable() throws {
    let job = try tiny.job("bitfit", name: "full-disk")
    let warnings = Mutex<[String]>([])
    var observer = always
    observer.monitor.onWarning = { warning in warnings.withLock { $0.append(warning) } }
    // A file where the folder of checkpoints would be.
    observer.willKeep = { [folder = job.folder] in
      try? Data().write(to: folder.url.appendingPathComponent("checkpoints"))
    }
    let record = try job.run(observer: observer)
    #expect(record.status == .finished)
    #expect(warnings.withLock { $0.first?.contains("Training goes on") } == true)
    let tuned = try SafetensorsFile(url: job.folder.tunedFile).stateDict()
    try expectSameBits(tuned, try tiny.run("bitfit", name: "whole"))
  }

  @Test("A run that trains is not continued by another process")
  func running() throws {
    let job = try tiny.job("linear", name: "running")
    let refusals = Mutex<[TrainingError]>([])
    var observer = FineTuneJob.Observer()
    observer.monitor.onStep = { [folder = job.folder] _ in
      do {
        _ = try folder.claimExisting()
      } catch let error as TrainingError {
        refusals.withLock { $0.append(error) }
      } catch {}
    }
    #expect(try job.run(observer: observer).status == .finished)
    #expect(refusals.withLock { $0.count } == 6)
    #expect(refusals.withLock { $0.allSatisfy { $0.kind == .cannotCreateOutput } })
  }

  @Test("A request to stop is heard while features are computed and while a run is validated")
  func stopping() throws {
    for method in ["linear", "full"] {
      let asked = Atomic(0)
      var observer = FineTuneJob.Observer()
      observer.monitor.shouldStop = { asked.add(1, ordering: .relaxed).newValue > 2 }
      let job = try tiny.job(method, name: method)
      #expect(try job.run(observer: observer).status == .interrupted)
      #expect(try job.run(resuming: true).status == .finished)
    }
  }

  @Test("A training whose end cannot be saved keeps its record, and ends with the same bits once it can")
  func unsavedEnd() throws {
    let whole = try tiny.run("lora", name: "whole")
    let job = try tiny.job("lora", name: "unsaved")
    var observer = FineTuneJob.Observer()
    let place = job.folder.tunedFile.appendingPathComponent("in the way")
    observer.onEpoch = { _ in
      try? FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    }
    #expect(throws: CheckpointError.self) { try job.run(observer: observer) }
    #expect(try job.folder.record().status == .failed && job.folder.record().failure?.isEmpty == false)
    #expect(FileManager.default.fileExists(atPath: job.folder.metricsFile.path))
    try FileManager.default.removeItem(at: job.folder.tunedFile)
    #expect(try job.run(resuming: true).status == .finished)
    let state = try SafetensorsFile(url: job.folder.tunedFile).stateDict()
    for (name, tensor) in whole {
      #expect(try #require(state[name]).bytes.elementsEqual(tensor.bytes), "\(name)")
    }
  }

  @Test("One image a class trains, is validated on nothing, and says so")
  func noValidation() throws {
    let whole = try tiny.job("linear", name: "one")
    let nothing = try whole.data.validation.subset([])
    let job = try FineTuneJob(
      whole.spec, model: whole.model,
      data: try TrainingData(
        train: whole.data.train, validation: nothing, validationSplit: "none", templates: ["a {}"]),
      folder: whole.folder)
    let record = try job.run()
    #expect(record.status == .finished)
    #expect(record.result?.valTop1 == nil)
    #expect(record.data.validation.n == 0)
  }

  @Test("A run that goes on with other threads says so in its record")
  func machines() throws {
    let job = try tiny.job("linear", name: "machines")
    _ = try job.run(observer: TinyTraining.observer(stoppingAt: 2))
    var record = try job.folder.record()
    #expect(record.machines == nil)
    // More than any test computes with: other tests change the number meanwhile.
    record.machine.threads = 1000
    try job.folder.write(record)
    let resumed = try job.run(resuming: true)
    #expect(resumed.machine == record.machine)
    #expect(resumed.machines?.count == 1)
    let now = RunRecord.Machine.current()
    #expect(resumed.latestMachine.engine == now.engine && resumed.latestMachine.precision == now.precision)
    #expect((1..<1000).contains(resumed.latestMachine.threads))
  }

  @Test(
    "A last step that ruins the weights is told, though no loss has: the run is failed, and nothing is written of it"
  )
  func lastStep() throws {
    let tiny = try TinyTraining()
    for clip in [nil, 1] as [Float?] {
      let job = try tiny.job("full", name: "ruined-\(clip ?? 0)") {
        $0.batch.size = 11
        $0.schedule.epochs = 1
        $0.optimizer.lr = 1e20
        $0.optimizer.clipNorm = clip
      }
      let error = #expect(throws: TrainingError.self) { try job.run() }
      guard case .diverged(step: 1) = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect(try job.folder.record().status == .failed)
      #expect(!FileManager.default.fileExists(atPath: job.folder.tunedFile.path))
    }
  }
}
