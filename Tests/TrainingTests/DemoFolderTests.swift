import Datasets
import Experiments
import Foundation
import TensorCore
import TestSupport
import Testing
import Training
import WiSE

/// A demo goes on where it was, and shows nothing that was made with another seed.
@Suite("The folder of a demo")
struct DemoFolderTests {
  private let folder: TemporaryFolder
  private let demo: DemoFolder

  init() throws {
    folder = try TemporaryFolder()
    demo = DemoFolder(folder.file("demo"))
  }

  private func refusal(seed: UInt64 = 0) -> String {
    let error = #expect(throws: (any Error).self) { try demo.requireSame(seed: seed) }
    #expect((error as? any ClassifiedError)?.kind == .cannotCreateOutput)
    return error.map { "\($0)" } ?? ""
  }

  private func draw(seed: UInt64) throws {
    try WorldFiles(root: demo.data.path, seed: seed).draw(.target, .test, count: 1, name: "shapes")
  }

  private func planner(
    _ methods: [String] = ["linear", "ssf"], seed: UInt64 = 3, precision: Precision? = nil
  ) throws -> StudyPlanner {
    try demo.planner(
      methods: methods, alphas: AlphaGrid(parsing: "0:1:0.5"), seed: seed, precision: precision)
  }

  @Test("new, empty, or begun with the same seed, it is taken")
  func taken() throws {
    try demo.requireSame(seed: 1)
    #expect(!FileManager.default.fileExists(atPath: demo.url.path))
    // What one that was killed as it began has left.
    try FileManager.default.createDirectory(
      at: demo.data.appendingPathComponent("shapes"), withIntermediateDirectories: true)
    try demo.requireSame(seed: 1)
    try folder.write("mine", to: "demo/data/shapes/notes.txt")
    #expect(refusal(seed: 1).contains("holds data"))
    try FileManager.default.removeItem(at: demo.data)
    try draw(seed: 1)
    try demo.requireSame(seed: 1)
  }

  @Test("that of another seed is refused, with that seed")
  func otherSeed() throws {
    try draw(seed: 0)
    #expect(refusal(seed: 1).contains("was made with seed 0; choose another --out, or --seed 0"))
  }

  @Test("its study is one run a method, with the demo's seed, on its own model and images")
  func study() throws {
    let planner = try planner()
    #expect(try StudyPlan(planner.study).cells.map(\.name) == ["linear", "ssf"])
    #expect(planner.study.scoring == StudyScoring(alphas: [0, 0.5, 1]))
    #expect(planner.settings.seed == 3)
    #expect(planner.settings.model == demo.model.path && planner.settings.dataRoot == demo.data.path)
    #expect(URL(fileURLWithPath: planner.settings.cells).deletingLastPathComponent().path == demo.url.path)
    let twice = #expect(throws: (any Error).self) { try self.planner(["ssf", "ssf"]) }
    #expect(twice.map { "\($0)" }?.contains("ssf") == true)
  }

  @Test("it goes on in the precision it was begun in, unless another is asked for; not with another seed")
  func begun() throws {
    let other: Precision = Compute.precision == .fp32 ? .bf16 : .fp32
    let begun = try planner(precision: other)
    try demo.study.write(begun.text, begun.settings)
    #expect(try planner().settings.precision == other)
    #expect(try planner(precision: Compute.precision).settings.precision == Compute.precision)
    try draw(seed: 0)
    #expect(refusal(seed: 0).contains("was made with seed 3; choose another --out, or --seed 3"))
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
