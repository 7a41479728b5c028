import Datasets
import Foundation
import Testing

/// A folder that is written to holds one thing, and nothing of the user's is written over.
@Suite("Folders that are written to")
struct OutputFolderTests {
  private let program: Program

  init() throws { program = try Program() }

  private func contents(_ name: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: program.folder.file(name).path).sorted()
  }

  private func expectRefused(
    _ outcome: Program.Outcome, naming words: String..., location: SourceLocation = #_sourceLocation
  ) {
    #expect(outcome.status == 73, "\(outcome.errors)", sourceLocation: location)
    #expect(outcome.output.isEmpty, sourceLocation: location)
    for word in words {
      #expect(outcome.errors.contains(word), "\(outcome.errors)", sourceLocation: location)
    }
  }

  /// A folder marked as holding a world.
  private func world(in name: String, seed: Int) throws {
    try FileManager.default.createDirectory(
      at: program.folder.file(name), withIntermediateDirectories: true)
    try program.folder.write(
      "{\"version\": \(World.version), \"seed\": \(seed)}", to: name + "/world.json")
  }

  @Test("The world of another seed is not drawn into the folder of one, nor claimed to be")
  func otherWorld() throws {
    try world(in: "w", seed: 0)
    expectRefused(
      try program.run("world", "--out", "w", "--seed", "1"), naming: "seed 0", "choose another --out")
    #expect(try contents("w") == ["world.json"])
  }

  @Test("A demo of another seed is refused before anything is written")
  func otherDemo() throws {
    try world(in: "d/data", seed: 0)
    let outcome = try program.run("demo", "--out", "d", "--seed", "1")
    expectRefused(outcome, naming: "was made with seed 0; choose another --out, or --seed 0")
    #expect(!outcome.errors.contains("drawing"))
    #expect(try contents("d") == ["data", "data/world.json"])
  }

  @Test("A demo is not begun in a folder that holds something else")
  func foreignDemo() throws {
    _ = try program.model()
    let before = try contents(".")
    expectRefused(try program.run("demo", "--out", "."), naming: "model")
    #expect(try contents(".") == before)
  }

  @Test("A run is not begun among other files, those of the data and of the model included")
  func runFolder() throws {
    let (model, images) = (try program.model(), try program.images("train", "val"))
    func finetune(_ out: String) throws -> Program.Outcome {
      try program.run(
        "finetune", "--peft", "linear", "--model", model, "--dataset", "folder:\(images)", "--epochs", "1",
        "--out", out)
    }
    try FileManager.default.createDirectory(
      at: program.folder.file("mine"), withIntermediateDirectories: true)
    try program.folder.write("mine", to: "mine/tuned.safetensors")
    for (out, first) in [("mine", "tuned.safetensors"), ("images", "train"), ("model", "config.json")] {
      let before = try contents(out)
      expectRefused(try finetune(out), naming: out, "holds \(first)", "choose a place that is free")
      #expect(try contents(out) == before)
    }
    try FileManager.default.createDirectory(
      at: program.folder.file("empty"), withIntermediateDirectories: true)
    let begun = try finetune("empty")
    #expect(begun.status == 0, "\(begun.errors)")
    #expect(!begun.errors.contains("left out"), "\(begun.errors)")
    expectRefused(try finetune("empty"), naming: "already holds a run")
  }

  @Test("A model is not pre-trained into a folder that holds one, or something else")
  func modelFolder() throws {
    _ = try program.model()
    expectRefused(
      try program.run("pretrain", "--out", "model", "--steps", "1"), naming: "already holds a model")
    try FileManager.default.createDirectory(
      at: program.folder.file("mine"), withIntermediateDirectories: true)
    try program.folder.write("mine", to: "mine/merges.txt")
    expectRefused(
      try program.run("pretrain", "--out", "mine", "--steps", "1"), naming: "holds merges.txt")
    #expect(try contents("mine") == ["merges.txt"])
  }

  @Test("A report replaces a report, and says so, but no other file of its names")
  func report() throws {
    let images = try program.images("train", "val", "test", "else")
    let trained = try program.run(
      "finetune", "--peft", "linear", "--model", try program.model(), "--dataset", "folder:\(images)",
      "--epochs", "1", "--out", "runs/one")
    #expect(trained.status == 0, "\(trained.errors)")
    let traced = try program.run(
      "wise", "--run", "runs/one", "--alphas", "0,0.5,1", "--datasets", "folder:images/else")
    #expect(traced.status == 0, "\(traced.errors)")
    let first = try program.run("report", "--out", "report")
    #expect(first.status == 0 && !first.errors.contains("replaced"), "\(first.errors)")
    let again = try program.run("report", "--out", "report")
    #expect(again.status == 0, "\(again.errors)")
    #expect(again.errors.contains("note: the earlier report in report, of linear, was replaced"))
    let names = try contents("report")
    for name in [
      "figures/target-against-shift-single.svg", "figures/target-against-shift-double.svg", "methods.tex",
      "methods.txt", "tables/methods.csv", "tables/methods.md", "tables/points.tex", "report-files.json",
    ] { #expect(names.contains(name), "\(name)") }
    let methods = try String(contentsOf: program.folder.file("report/methods.txt"), encoding: .utf8)
    #expect(methods.contains("We compare linear (") && methods.contains("with seed "))

    let overlaid = try program.run("report", "--out", "report", "--overlay", "study")
    #expect(overlaid.status == 0, "\(overlaid.errors)")
    let page = try String(contentsOf: program.folder.file("report/report.html"), encoding: .utf8)
    #expect(page.contains("marked “published”") && page.contains("LoRA 32"))
    #expect(try contents("report").contains("figures/relative-accuracy-double.svg"))
    #expect(try program.run("report", "--out", "report").status == 0)
    #expect(try contents("report") == names, "what the overlay brought is gone again")
    #expect(try program.run("report", "--out", "report", "--overlay", "nonsense").status == 64)

    for name in ["figure.svg", "results.csv", "report.html", "report.json"] {
      let folder = "with-\(name)"
      try FileManager.default.createDirectory(
        at: program.folder.file(folder), withIntermediateDirectories: true)
      try program.folder.write("{}", to: "\(folder)/\(name)")
      expectRefused(try program.run("report", "--out", folder), naming: "\(folder)/\(name)")
      #expect(try contents(folder) == [name])
    }
    // Other files beside it are in nobody's way.
    try program.folder.write("mine", to: "notes.txt")
    #expect(try program.run("report", "--out", ".").status == 0)
  }
}
