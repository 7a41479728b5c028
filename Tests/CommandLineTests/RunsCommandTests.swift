import Foundation
import Testing

/// What `runs` says of the runs on disk, and a run of itself.
@Suite("Runs on disk")
struct RunsCommandTests {
  private let program: Program

  init() throws { program = try Program() }

  private func train(_ out: String, _ more: String...) throws -> Program.Outcome {
    let images = try program.images("train", "val")
    return try program.run(
      arguments: [
        "finetune", "--model", try program.model(), "--dataset", "folder:\(images)", "--out", out,
      ] + more)
  }

  @Test("A folder that was named must be there, and be one; one without runs says so")
  func list() throws {
    let missing = try program.run("runs", "list", "nowhere")
    #expect(missing.status == 66 && missing.errors.contains("nowhere"), "\(missing.errors)")
    _ = try program.folder.write("x", to: "file")
    #expect(try program.run("runs", "list", "file").status == 66)
    try FileManager.default.createDirectory(
      at: program.folder.file("empty"), withIntermediateDirectories: true)
    let empty = try program.run("runs", "list", "empty")
    #expect(empty.status == 0 && empty.output.contains("no runs under empty"))
    // Where runs will lie, once there are any.
    #expect(try program.run("runs", "list").status == 0)
  }

  @Test("A run says which recipe it is of and what it changed of it; a difference is of the kind of its key")
  func showAndDiff() throws {
    let first = try train("runs/a", "--recipe", "frozen-features", "--peft", "linear", "--epochs", "1")
    #expect(first.status == 0, "\(first.errors)")
    #expect(first.errors.contains("note: the recipe frozen-features, changed in schedule.epochs"))
    let second = try train(
      "runs/b", "--recipe", "frozen-features", "--peft", "linear", "--epochs", "2", "--clip-norm", "none",
      "--decay", "matrices")
    #expect(second.status == 0, "\(second.errors)")
    #expect(
      try program.run("runs", "show", "runs/a").output.contains(
        "# recipe frozen-features, changed in schedule.epochs\n"))
    let list = try #require(try program.run("runs", "list", "--json").json()["runs"] as? [[String: Any]])
    #expect(list.first?["recipe_changes"] as? [String] == ["schedule.epochs"])

    let diff = try program.run("runs", "diff", "runs/a", "runs/b", "--json").json()
    let entries = try #require(diff["differences"] as? [[String: Any]])
    func entry(_ key: String) -> [String: Any]? { entries.first { $0["key"] as? String == key } }
    #expect(
      entry("schedule.epochs")?["first"] as? Int == 1 && entry("schedule.epochs")?["second"] as? Int == 2)
    #expect(
      entry("optimizer.clip_norm")?["first"] as? Double == 1
        && entry("optimizer.clip_norm")?["second"] is NSNull)
    #expect(entry("optimizer.decay")?["first"] as? String == "all")
    let table = try program.run("runs", "diff", "runs/a", "runs/b").output
    #expect(table.contains("optimizer.clip_norm") && table.contains("none"))
  }

  @Test("A run of no steps has no loss: null")
  func noLoss() throws {
    let outcome = try train("runs/probe", "--recipe", "linear-probe", "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try outcome.json()["train_loss"] is NSNull && outcome.json()["val_top1"] is Double)
  }

  @Test("What is refused of a run is refused when its specification is to be printed")
  func printSpec() throws {
    for (key, status) in [
      ("augmentation.crop=[0, 1]", 64), ("augmentation.flip=2", 64), ("data.shots=0", 64),
      ("arch=none-such", 64),
      ("optimizer.momentum=0.5", 64), ("objective.name=contrastive", 64),
    ] {
      for more in [["--print-spec"], []] {
        let outcome = try program.run(
          arguments: ["finetune", "--peft", "full", "--set", key, "--out", "r"] + more)
        #expect(outcome.status == status && outcome.output.isEmpty, "\(key) \(outcome.errors)")
        #expect(outcome.errors.hasPrefix("error: --set "), "\(outcome.errors)")
      }
    }
  }

  @Test("What a file says is refused with its line, also once the model and the images are known")
  func lines() throws {
    let groups = "optimizer:\n  groups:\n    - {pattern: 'visual.nothing'}\n    - {pattern: '*'}\n"
    _ = try program.folder.write(groups, to: "groups.yaml")
    let fit = try train("r", "--peft", "full", "--spec", "groups.yaml")
    #expect(fit.status == 65, "\(fit.errors)")
    #expect(fit.errors.contains("groups.yaml, line 3: optimizer.groups.0.pattern is visual.nothing"))
    _ = try program.folder.write("optimizer:\n  groups: [{pattern: '*', frozen: true}]", to: "frozen.yaml")
    let frozen = try train("r", "--peft", "full", "--spec", "frozen.yaml")
    #expect(frozen.errors.contains("frozen.yaml, line 2: optimizer.groups leaves nothing to train"))
    _ = try program.folder.write("data:\n  validation_fraction: 0.5", to: "part.yaml")
    let part = try train("r", "--peft", "linear", "--spec", "part.yaml")
    #expect(part.errors.contains("part.yaml, line 2: data.validation_fraction has no effect here"))
    let nothing = try train("r", "--peft", "tip-adapter", "--lr", "1")
    #expect(nothing.status == 64 && nothing.errors.contains("--lr: optimizer.lr has no effect here"))
    #expect(!FileManager.default.fileExists(atPath: program.folder.file("r").path))
  }
}
