import Foundation
import Testing

/// Which run a command takes.
@Suite("The run that is meant")
struct RunChoiceTests {
  private let program: Program
  private let images: String

  init() throws {
    program = try Program()
    images = try program.images("train", "val", "test", "shift")
    for name in ["first", "second one"] {
      let outcome = try program.run(
        "finetune", "--peft", "linear", "--model", try program.model(), "--dataset", "folder:\(images)",
        "--epochs", "1",
        "--out", "runs/\(name)")
      #expect(outcome.status == 0, "\(outcome.errors)")
      try age("runs/\(name)", by: name == "first" ? 60 : 30)
    }
  }

  private func age(_ run: String, by seconds: Double) throws {
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSinceNow: -seconds)],
      ofItemAtPath: program.folder.file(run + "/run.json").path)
  }

  @Test(
    "Without a name it is the newest that is finished, and the user is told which, and what was passed over")
  func newest() throws {
    let chosen = try program.run("export", "--out", "a", "--json")
    #expect(try (chosen.json()["run"] as? String)?.hasSuffix("second one") == true, "\(chosen.errors)")
    #expect(chosen.errors.contains("runs/second one"))

    try FileManager.default.copyItem(
      at: program.folder.file("runs/first"), to: program.folder.file("runs/third"))
    let record = program.folder.file("runs/third/run.json")
    let text = try String(contentsOf: record, encoding: .utf8)
    try Data(text.replacingOccurrences(of: "\"finished\"", with: "\"interrupted\"").utf8).write(to: record)
    let passed = try program.run("export", "--out", "b", "--json")
    #expect(try (passed.json()["run"] as? String)?.hasSuffix("second one") == true, "\(passed.errors)")
    #expect(passed.errors.contains("runs/third") && passed.errors.contains("not finished"))

    for name in ["first", "second one"] {
      try FileManager.default.removeItem(at: program.folder.file("runs/\(name)"))
    }
    let none = try program.run("export", "--out", "c")
    #expect(none.status == 66 && none.errors.contains("--resume runs/third"), "\(none.errors)")
  }

  @Test("A run folder stands wherever --run does")
  func positional() throws {
    let exported = try program.run("export", "runs/first", "--out", "a", "--json")
    #expect(try (exported.json()["run"] as? String)?.hasSuffix("first") == true, "\(exported.errors)")
    for words in [
      ["wise", "runs/first", "--alphas", "0,1", "--datasets", "folder:images/shift", "--json"],
      ["wise", "--alphas", "0,1", "--datasets", "folder:images/shift", "runs/first", "--json"],
    ] {
      let traced = try program.run(arguments: words)
      #expect(try (traced.json()["run"] as? String)?.hasSuffix("first") == true, "\(traced.errors)")
    }
    for words in [
      ["eval-shift", "runs/first", "folder:images/shift", "--json"],
      ["eval-shift", "folder:images/shift", "runs/first", "--json"],
    ] {
      let scored = try program.run(arguments: words)
      #expect(scored.status == 0, "\(scored.errors)")
      #expect(FileManager.default.fileExists(atPath: program.folder.file("runs/first/predictions").path))
    }
    #expect(try program.run("inspect", "runs/first", "--json").json()["format"] as? String == "run")
  }

  @Test("The hint after training can be pasted, and would not trace a curve again that is there")
  func hints() throws {
    let before = try program.run("finetune", "--resume", "runs/second one")
    let hint = try #require(before.output.split(separator: "\n").first { $0.contains("next: ") })
    #expect(hint.contains("clipft wise 'runs/second one'"))
    let command = try #require(hint.range(of: "next: ")).upperBound
    let traced = try program.shell(String(hint[command...]) + " --datasets folder:images/shift")
    #expect(traced.status == 0, "\(traced.errors)")
    let after = try program.run("finetune", "--resume", "runs/second one").output
    #expect(
      after.contains("clipft report 'runs/second one' --out") && !after.contains("clipft wise"), "\(after)")
  }

  @Test("Two runs, or a run without data, are refused")
  func refused() throws {
    for words in [
      ["eval-shift", "runs/first", "folder:images/shift", "--run", "runs/second one"],
      ["eval-shift", "runs/first", "runs/second one", "folder:images/shift"], ["eval-shift", "runs/first"],
      ["wise", "runs/first", "--run", "runs/second one"],
      ["export", "runs/first", "--run", "runs/first", "--out", "x"],
    ] {
      let outcome = try program.run(arguments: words)
      #expect(outcome.status == 64 && outcome.output.isEmpty, "\(words): \(outcome.errors)")
    }
  }
}
