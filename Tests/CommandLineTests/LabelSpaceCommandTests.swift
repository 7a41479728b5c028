import Foundation
import Testing

/// Halves of classes, heads made from text, prompts of each class, and datasets written in other layouts.
@Suite("Label spaces and written datasets on the command line")
struct LabelSpaceCommandTests {
  private let program: Program
  private let model: String

  init() throws {
    program = try Program()
    model = try program.model()
    _ = try program.images("train", "test")
  }

  private func finetune(_ name: String, _ more: String...) throws -> Program.Outcome {
    let common = [
      "finetune", "--model", model, "--dataset", "folder:images", "--epochs", "1", "--out", "runs/\(name)",
    ]
    return try program.run(arguments: common + more)
  }

  @Test("A run on base classes is scored on them, and on new ones with a head made from text")
  func baseToNew() throws {
    let trained = try finetune("base", "--peft", "bitfit", "--subsample-classes", "base")
    #expect(trained.status == 0, "\(trained.errors)")
    func score(_ more: String...) throws -> Program.Outcome {
      try program.run(arguments: ["eval-shift", "folder:images", "--run", "runs/base", "--json"] + more)
    }
    let base = try score("--subsample-classes", "base")
    #expect(base.status == 0, "\(base.errors)")
    let result = try #require((try base.json()["results"] as? [[String: Any]])?.first)
    #expect(result["classes"] as? Int == 2 && result["n"] as? Int == 8)
    let uncovered = try score("--subsample-classes", "new")
    #expect(
      uncovered.status == 65 && uncovered.errors.contains("'red'") && uncovered.errors.contains("--head text")
    )
    let new = try score("--subsample-classes", "new", "--head", "text", "--verbose")
    #expect(new.errors.contains("prompts of red:\n  a photo of a red."), "\(new.errors)")
    #expect(new.status == 0, "\(new.errors)")
    let document = try new.json()
    #expect(document["head"] as? String == "text" && document["subsample_classes"] as? String == "new")
    #expect((document["results"] as? [[String: Any]])?.first?["classes"] as? Int == 1)
    let all = try score("--head", "text", "--templates", "t.txt")
    #expect(all.status == 66)
    // What follows opens the run's own images again.
    let wise = try program.run(arguments: ["wise", "--run", "runs/base", "--alphas", "0,1", "--json"])
    #expect(wise.status == 0, "\(wise.errors)")
    let zero = try program.run(
      arguments: ["eval-shift", "folder:images", "--model", model, "--subsample-classes", "new", "--json"])
    #expect(((try zero.json()["results"] as? [[String: Any]])?.first?["n"] as? Int) == 4, "\(zero.errors)")
    #expect(
      try program.run(arguments: ["eval-shift", "folder:images", "--model", model, "--head", "text"]).status
        == 64)
  }

  @Test("Prompts of each class make the head, are kept in the run and shown by --verbose")
  func descriptions() throws {
    try program.folder.write(
      #"{"red": ["a {} thing", "blood"], "green": ["grass"], "blue": ["the sky"], "pink": ["x"]}"#,
      to: "d.json")
    let trained = try finetune("described", "--peft", "linear", "--descriptions", "d.json", "--verbose")
    #expect(trained.status == 0, "\(trained.errors)")
    #expect(trained.errors.contains("prompts of red:\n  a red thing\n  blood"), "\(trained.errors)")
    #expect(trained.errors.contains("1 other classes, such as 'pink'"), "\(trained.errors)")
    let kept = try String(contentsOf: program.folder.file("runs/described/prompts.json"), encoding: .utf8)
    #expect(kept.contains("the sky") && !kept.contains("pink"))
    let record = try String(contentsOf: program.folder.file("runs/described/run.json"), encoding: .utf8)
    #expect(record.contains("\"prompts\" : 4"))
    _ = try program.run(arguments: ["wise", "--run", "runs/described", "--alphas", "0,1"])
    let report = try program.run(arguments: ["report", "runs/described", "--out", "r"])
    #expect(report.status == 0, "\(report.errors)")
    let page = try String(contentsOf: program.folder.file("r/report.html"), encoding: .utf8)
    #expect(page.contains("4 of 3 classes, in prompts.json"))
    let reads = try finetune("text", "--peft", "lora", "--towers", "text", "--descriptions", "d.json")
    #expect(reads.status == 64 && reads.errors.contains("templates for all classes"), "\(reads.errors)")
    try program.folder.write("red\tcrimson\ngreen\tmoss\nblue\tnavy\n", to: "names.txt")
    let renamed = try finetune("renamed", "--peft", "linear", "--prompt-names", "names.txt", "--verbose")
    #expect(renamed.errors.contains("prompts of red:\n  a photo of a crimson."), "\(renamed.errors)")
    let spec = try program.run(arguments: ["finetune", "--spec", "runs/renamed/run.json", "--print-spec"])
    #expect(spec.output.contains("names.txt"), "\(spec.output) \(spec.errors)")
    let both = try finetune("both", "--peft", "linear", "--descriptions", "d.json", "--templates", "t.txt")
    #expect(both.status == 64)
    let scored = try program.run(
      arguments: ["eval-shift", "folder:images", "--model", model, "--descriptions", "d.json", "--json"])
    #expect(scored.status == 0, "\(scored.errors)")
  }

  @Test("A dataset written as shards or folders is scored as the original is")
  func written() throws {
    func scores(_ data: String) throws -> [Double?] {
      let outcome = try program.run(arguments: ["eval-shift", data, "--model", model, "--json"])
      #expect(outcome.status == 0, "\(outcome.errors)")
      let result = (try outcome.json()["results"] as? [[String: Any]])?.first
      return ["top1", "nll", "ece"].map { result?[$0] as? Double }
    }
    let expected = try scores("folder:images")
    let shards = try program.run(
      arguments: ["datasets", "shard", "folder:images", "--out", "shards", "--shard-images", "5", "--json"])
    #expect(try shards.status == 0 && shards.json()["images"] as? Int == 24, "\(shards.errors)")
    #expect(try scores("wds:shards") == expected)
    let folders = try program.run(arguments: ["datasets", "convert", "wds:shards", "--out", "copy"])
    #expect(folders.status == 0 && folders.output.contains("folder:copy"), "\(folders.errors)")
    let again = try program.run(arguments: ["datasets", "convert", "wds:shards", "--out", "copy"])
    #expect(again.status == 73)
    #expect(try program.run(arguments: ["datasets", "check", "folder:copy", "--decode"]).status == 0)
    _ = try program.shell("cd images && python3 -m zipfile -c ../images.zip train test")
    if FileManager.default.fileExists(atPath: program.folder.file("images.zip").path) {
      #expect(try scores("archive:images.zip") == expected)
    }
  }

  @Test("Names on standard input are read once; classes that are called by numbers are told")
  func names() throws {
    let scored = try program.run(
      arguments: ["eval-shift", "folder:images", "--classes", "-", "--model", model, "--json"],
      input: "red\ngreen\nblue\n")
    #expect(scored.status == 0 && !scored.errors.contains("warning"), "\(scored.errors)")
    _ = try program.shell("mkdir n; cp -r images/test/red n/0; cp -r images/test/blue n/1")
    let numbered = try program.run(arguments: ["eval-shift", "folder:n", "--model", model, "--json"])
    #expect(
      numbered.status == 0 && numbered.errors.contains("(\"a photo of a 0.\")"), "\(numbered.errors)")
  }

  @Test("A check tells copies, and images that sets share")
  func check() throws {
    _ = try program.shell(
      "cp images/train/red/0.png images/train/red/z.png; cp images/train/red/1.png images/test/red/y.png")
    let outcome = try program.run(arguments: ["datasets", "check", "folder:images", "--json"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("1 image is a copy of another of the class"), "\(outcome.errors)")
    #expect(outcome.errors.contains("1 image is in both"), "\(outcome.errors)")
    let document = try outcome.json()
    #expect((document["shared"] as? [[String: Any]])?.count == 1)
    let rows = try #require(document["datasets"] as? [[String: Any]])
    #expect((rows[0]["classes"] as? [String: Int]) == ["red": 5, "green": 4, "blue": 4])
  }
}
