import Datasets
import Experiments
import Foundation
import PEFT
import TensorCore
import TestSupport
import Testing
import Training
import TrainingTestSupport

/// A demo goes on where it was, and shows nothing that was made with other settings.
@Suite("The folder of a demo")
struct DemoFolderTests {
  private let tiny: TinyTraining
  private let folder: TemporaryFolder
  private let demo: DemoFolder
  private let linear: any FineTuningMethod

  init() throws {
    tiny = try TinyTraining()
    folder = tiny.folder
    demo = DemoFolder(folder.file("demo"))
    linear = try MethodRegistry.method(named: "linear")
  }

  private func refusal(seed: UInt64 = 0, precision: Precision? = nil) -> String {
    let error = #expect(throws: (any Error).self) {
      try demo.requireSame(seed: seed, methods: [linear], precision: precision)
    }
    #expect((error as? any ClassifiedError)?.kind == .cannotCreateOutput)
    return error.map { "\($0)" } ?? ""
  }

  private func draw(seed: UInt64) throws {
    try WorldFiles(root: demo.data.path, seed: seed).draw(.target, .test, count: 1, name: "shapes")
  }

  /// A finished run of the demo's, as far as its record tells.
  private func train(_ change: (inout RunRecord) -> Void = { _ in }) throws {
    let url = demo.run(linear).url
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    var record = try tiny.job("linear", name: "demo/runs/linear").run()
    record.spec = try demo.spec(linear, seed: 0)
    change(&record)
    try RunFolder(url).write(record)
  }

  @Test("new, empty, or begun with the same seed, it is taken")
  func taken() throws {
    try demo.requireSame(seed: 1, methods: [linear])
    #expect(!FileManager.default.fileExists(atPath: demo.url.path))
    // What one that was killed as it began has left.
    try FileManager.default.createDirectory(
      at: demo.data.appendingPathComponent("shapes"), withIntermediateDirectories: true)
    try demo.requireSame(seed: 1, methods: [linear])
    try folder.write("mine", to: "demo/data/shapes/notes.txt")
    #expect(refusal(seed: 1).contains("holds data"))
    try FileManager.default.removeItem(at: demo.data)
    try draw(seed: 1)
    try demo.requireSame(seed: 1, methods: [linear])
  }

  @Test("that of another seed is refused, with that seed")
  func otherSeed() throws {
    try draw(seed: 0)
    #expect(refusal(seed: 1).contains("was made with seed 0; choose another --out, or --seed 0"))
  }

  @Test(
    "runs of another seed, other settings or another precision are refused, and those that are not shown are not"
  )
  func otherRuns() throws {
    try draw(seed: 0)
    try train()
    try demo.requireSame(seed: 0, methods: [linear])
    let own = try demo.run(linear).record().latestMachine.precision
    try demo.requireSame(seed: 0, methods: [linear], precision: own)
    let other: Precision = own == .fp32 ? .bf16 : .fp32
    #expect(refusal(precision: other).contains("--precision \(own.rawValue)"))

    var record = try demo.run(linear).record()
    record.spec.settings.optimizer.lr *= 2
    try demo.run(linear).write(record)
    #expect(refusal().contains("runs/linear"))
    record.spec = try demo.spec(linear, seed: 5)
    try demo.run(linear).write(record)
    #expect(refusal().contains("seed 5"))
    try demo.requireSame(seed: 0, methods: [MethodRegistry.method(named: "full")])
  }

  @Test("one that holds something else, or another's report, is refused and left as it was")
  func foreign() throws {
    try FileManager.default.createDirectory(at: demo.model, withIntermediateDirectories: true)
    try folder.write("{}", to: "demo/model/config.json")
    #expect(refusal().contains("model"))
    try FileManager.default.removeItem(at: demo.model)
    try draw(seed: 0)
    try folder.write("mine", to: "demo/report.html")
    #expect(refusal().contains("report.html"))
  }
}
