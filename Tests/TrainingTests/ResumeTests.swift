import Checkpoint
import Foundation
import PEFT
import TestSupport
import Testing
import Training
import TrainingTestSupport

/// A run that is stopped and continued ends with the same bits as one that never was.
@Suite("Stopping and continuing a run")
struct ResumeTests {
  private let tiny: TinyTraining

  init() throws { tiny = try TinyTraining() }

  @Test(
    "Final weights are bit-identical wherever the run was stopped",
    arguments: ["full", "linear", "lora", "ssf"])
  func resumedRunEqualsWhole(method: String) throws {
    let whole = try tiny.run(method, name: "whole", stoppingAt: [])
    let stopped = try tiny.run(method, name: "stopped", stoppingAt: [1, 4, 5])
    for name in whole.names {
      let (a, b) = (try #require(whole[name]), try #require(stopped[name]))
      #expect(a.bytes.elementsEqual(b.bytes), "\(name) differs")
    }
    #expect(whole.names == stopped.names)
  }

  @Test("The same seed gives the same bits, another seed others")
  func seeds() throws {
    let first = try tiny.run("lora", name: "first", stoppingAt: [])
    let again = try tiny.run("lora", name: "again", stoppingAt: [])
    let other = try tiny.run("lora", name: "other", stoppingAt: [], seed: 8)
    let name = "classification_head.weight"
    #expect(first[name]?.array == again[name]?.array)
    #expect(first[name]?.array != other[name]?.array)
  }

  @Test("Metrics hold every epoch once after a stop")
  func metrics() throws {
    _ = try tiny.run("full", name: "metrics", stoppingAt: [3])
    let lines = RunFolder(tiny.folder.file("metrics")).metrics(FineTuner.EpochMetrics.self)
    #expect(lines.map(\.epoch) == [1, 2])
    #expect(lines.allSatisfy { $0.stepLosses.count == 3 })
  }

  @Test("A folder that holds a run is not written over")
  func existingRun() throws {
    _ = try tiny.run("linear", name: "taken", stoppingAt: [])
    #expect(throws: TrainingError.self) { try tiny.job("linear", name: "taken", seed: 7).run() }
  }

  @Test("A damaged checkpoint is refused by name")
  func damagedCheckpoint() throws {
    let job = try tiny.job("lora", name: "damaged", seed: 7)
    _ = try job.run(observer: TinyTraining.observer(stoppingAt: 2))
    try Data("nonsense".utf8).write(to: job.folder.checkpointFile)
    #expect(throws: CheckpointError.self) { try job.run(resuming: true) }
  }

  @Test(
    "At alpha 0 and 1 a loaded run gives its endpoints bit for bit",
    arguments: MethodRegistry.all.map { $0.name })
  func endpoints(method: String) throws {
    _ = try tiny.run(method, name: "ends", stoppingAt: [])
    let run = try LoadedRun.load(RunFolder(tiny.folder.file("ends")))
    for (alpha, end) in [(0.0, run.endpoints.pretrained), (1.0, run.endpoints.finetuned)] {
      let state = try run.endpoints.state(alpha: alpha)
      for (name, tensor) in end { #expect(state[name]?.array == tensor.array, "\(name) at alpha \(alpha)") }
    }
    #expect(run.endpoints.sharesTower == (method == "linear"))
  }
}
