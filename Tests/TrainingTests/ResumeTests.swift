import CLIPCore
import Checkpoint
import Experiments
import Foundation
import NN
import PEFT
import TensorCore
import TestSupport
import Testing
import Training
import TrainingTestSupport

/// A run that is stopped and continued ends with the same bits as one that never was.
@Suite("Stopping and continuing a run")
struct ResumeTests {
  private let tiny: TinyTraining

  init() throws { tiny = try TinyTraining() }

  /// As small as the model, and with no words of a vocabulary that it does not have.
  private func smallOptions(_ method: String) throws -> [String: String] {
    let offered = try #require(MethodRegistry.all.first { $0.name == method }).optionDescriptions
    return ["block": "8", "start": "random"].filter { option in
      offered.contains { $0.name == option.key && ($0.name != "start" || $0.valid.contains("random")) }
    }
  }

  @Test(
    "Final weights are bit-identical wherever the run was stopped",
    // Where nothing trains there is nothing to stop.
    arguments: MethodRegistry.all.map { $0.name }.filter { $0 != "tip-adapter" })
  func resumedRunEqualsWhole(method: String) throws {
    let options = try smallOptions(method)
    let whole = try tiny.run(method, name: "whole", stoppingAt: [], options: options)
    let stopped = try tiny.run(method, name: "stopped", stoppingAt: [1, 4, 5], options: options)
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
    let error = #expect(throws: TrainingError.self) { try job.run(resuming: true) }
    #expect(error?.kind == .badData)
    #expect(error?.description.contains(job.folder.checkpointFile.path) == true)
  }

  @Test(
    "A loaded run of any method is the model it began from at alpha 0, and what was trained at alpha 1",
    arguments: MethodRegistry.all.map { $0.name })
  func endpoints(method: String) throws {
    let options = try smallOptions(method)
    let record = try tiny.job(method, name: "ends", options: options).run()
    let folder = RunFolder(tiny.folder.file("ends"))
    let run = try LoadedRun.load(folder)
    let config = record.model.architecture
    let images = Initializer.normal(deviation: 1).tensor(
      shape: [3, 3, config.vision.imageSize, config.vision.imageSize], seed: 4)
    func logits(_ run: LoadedRun, _ alpha: Double) throws -> Tensor {
      let context = try run.path.move(to: alpha)
      let head = run.path.classifier.computedHead(context)
      return run.path.classifier.logits(images, context, head: head).value
    }
    let state = try tiny.model().clip.visionState().merging(
      try SafetensorsFile(url: folder.startHeadFile).stateDict())
    let plain = try ImageClassifier(
      config: config, classes: record.data.classes.count, state: state, file: "start")
    let before = plain.logits(images, .inference).value
    #expect(try logits(run, 0).array == before.array)
    let after = try logits(run, 1)
    #expect(after.array != before.array)
    #expect(try logits(LoadedRun.load(folder), 1).array == after.array)
    // Where no text is part of it, the method can be attached by hand: what it found in the images was saved.
    let made = try record.spec.makeMethod()
    guard made.prompts == .none else { return }
    try plain.adapt(
      with: made, seed: record.settings.seeds.initialization, examples: Unseen(count: record.data.train.n))
    try plain.restoreTuned(SafetensorsFile(url: folder.tunedFile).stateDict(), file: "tuned")
    let live = plain.logits(images, .inference).value
    expectClose(after, live, absolute: 1e-5 * (live.array.map(abs).max() ?? 0))
    #expect((run.path.sharing == .tower) == plain.hasFrozenTower)
  }

  /// So many images, none of which is there any more.
  private final class Unseen: Examples {
    let count: Int
    init(count: Int) { self.count = count }
    func show(in context: ForwardContext, _ visit: (_ embeddings: Tensor, _ labels: [Int32]) -> Void) {}
  }
}
