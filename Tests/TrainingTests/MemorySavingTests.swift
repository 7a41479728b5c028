import Checkpoint
import TensorCore
import TestSupport
import Testing
import Training
import TrainingTestSupport

/// What saves memory does not change what is learned.
@Suite("Saving memory in training")
struct MemorySavingTests {
  private let tiny: TinyTraining

  init() throws { tiny = try TinyTraining() }

  private func expectSameBits(_ a: StateDict, _ b: StateDict) throws {
    #expect(a.names == b.names)
    for name in a.names {
      #expect(try #require(a[name]).bytes.elementsEqual(try #require(b[name]).bytes), "\(name)")
    }
  }

  @Test("Blocks computed anew in backward give the same bits", arguments: ["full", "bitfit", "ssf", "lora"])
  func recomputing(method: String) throws {
    let plain = try tiny.run(method, name: "plain")
    let recomputed = try tiny.run(method, name: "recomputed") { $0.batch.recompute = true }
    try expectSameBits(plain, recomputed)
  }

  @Test(
    "Parameters updated as soon as their gradient is final get the same bits", arguments: ["full", "lora"])
  func fusedUpdates(method: String) throws {
    // A norm that is never reached: the same update, but after the whole backward pass.
    let whole = try tiny.run(method, name: "whole") { $0.optimizer.clipNorm = 1e30 }
    let fused = try tiny.run(method, name: "fused") { $0.optimizer.clipNorm = nil }
    try expectSameBits(whole, fused)
  }

  @Test(
    "Micro-batches of any size add up to the batch, random masks included",
    arguments: [("full", 3), ("lora", 3), ("lora", 1), ("bitfit", 2)])
  func microBatches(method: String, size: Int) throws {
    let whole = try losses(method, name: "whole", microBatch: nil)
    let parts = try losses(method, name: "parts", microBatch: size)
    expectClose(parts, whole, absolute: 1e-4)
    #expect(whole.first != whole.last)
  }

  /// Losses of the steps of a run with dropout and drop path.
  private func losses(_ method: String, name: String, microBatch: Int?) throws -> [Float] {
    let options = method == "lora" ? ["dropout": "0.5"] : [:]
    let job = try tiny.job(method, name: name, options: options) { settings in
      settings.optimizer.lr = 1e-2
      settings.dropPath = 0.5
      settings.batch.micro = microBatch
    }
    _ = try job.run()
    return job.folder.metrics(FineTuner.EpochMetrics.self).flatMap(\.stepLosses)
  }

  @Test("The masks of a seed are not those of its neighbour a step later")
  func neighbouringSeeds() throws {
    func weights(_ seed: UInt64, steps: Int) throws -> [Float] {
      let job = try tiny.job("lora", name: "\(seed)-\(steps)", options: ["dropout": "0.5"]) { settings in
        // Nothing but the masks' seed differs, and each step sees the same images.
        settings.seeds = TrainingSeeds(1, order: seed)
        settings.augmentation = nil
        settings.batch.size = 11
        settings.schedule.epochs = 3
        settings.optimizer.lr = 1e-7
      }
      _ = try job.run()
      return job.folder.metrics(FineTuner.EpochMetrics.self).flatMap(\.stepLosses)
    }
    let (first, second) = (try weights(5, steps: 3), try weights(6, steps: 3))
    #expect(zip(first.dropFirst(), second).allSatisfy { abs($0 - $1) > 1e-7 }, "\(first) \(second)")
  }

  @Test("In bf16, training goes where it goes in fp32")
  func bf16() throws {
    let fp32 = try losses(.fp32)
    let bf16 = try losses(.bf16)
    // A logit is rounded by a share of itself, whatever the loss of its image comes to: the mean loss of an epoch tells more
    // than that of a step, which may be near 0.
    expectClose(epochMeans(bf16), epochMeans(fp32), absolute: 0, relative: 0.02)
    #expect(fp32 != bf16)
  }

  private func epochMeans(_ losses: [Float]) -> [Float] {
    stride(from: 0, to: losses.count, by: 3).map { losses[$0..<$0 + 3].reduce(0, +) / 3 }
  }

  /// Losses of the steps of a run: two epochs of three.
  private func losses(_ precision: Precision) throws -> [Float] {
    let job = try tiny.job("full", name: precision.rawValue) { $0.optimizer.lr = 1e-3 }
    return try Compute.$taskPrecision.withValue(precision) {
      let record = try job.run()
      #expect(record.machine.precision == precision)
      return job.folder.metrics(FineTuner.EpochMetrics.self).flatMap(\.stepLosses)
    }
  }
}
