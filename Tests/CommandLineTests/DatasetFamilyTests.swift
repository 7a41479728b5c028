import Foundation
import Testing

/// A family of datasets: shifts that have some of the target's classes, in folders that may be incomplete or damaged.
@Suite("Datasets of a family")
struct DatasetFamilyTests {
  private let program: Program
  private let images: String

  init() throws {
    program = try Program()
    images = try program.images("shift", "whole")
    let manifests = program.folder.file("manifests")
    try FileManager.default.createDirectory(at: manifests, withIntermediateDirectories: true)
    func manifest(_ name: String, _ role: String, _ path: String, _ more: String) throws {
      let text = """
        name: \(name)
        family: colours
        role: \(role)
        layout: folder
        splits: {test: {path: images/\(path), count: 8}}
        classes: [red, green, blue]
        homepage: https://example.org/\(name)
        \(more)
        """
      try Data(text.utf8).write(to: manifests.appendingPathComponent(name + ".yaml"))
    }
    try manifest("colours", "target", "whole", "")
    try manifest("colours-r", "shift", "shift", "subset: [green, red]")
    try manifest("colours-lost", "shift", "nowhere", "subset: [green, red]")
    try FileManager.default.removeItem(atPath: images + "/shift/blue")
  }

  private func evaluate(_ arguments: String...) throws -> Program.Outcome {
    let common = ["--model", try program.model(), "--data-root", ".", "--json"]
    return try program.run(arguments: ["eval-shift"] + arguments + common)
  }

  private func results(_ outcome: Program.Outcome) throws -> [[String: Any]] {
    #expect(outcome.status == 0, "\(outcome.errors)")
    return try #require(try outcome.json()["results"] as? [[String: Any]])
  }

  @Test("A shift is scored among its own classes, or among all of the head's")
  func protocols() throws {
    let own = try results(evaluate("colours-r"))
    #expect(own.first?["classes"] as? Int == 2 && own.first?["n"] as? Int == 8)
    let outcome = try evaluate("colours-r", "--protocol", "full")
    #expect(try outcome.json()["protocol"] as? String == "full")
    let all = try results(outcome)
    #expect(all.first?["classes"] as? Int == 3)
    // More competitors can only lose images.
    #expect((all.first?["correct"] as? Int ?? 9) <= (own.first?["correct"] as? Int ?? 0))
    #expect(try evaluate("colours-r", "--protocol", "half").status == 64)
  }

  @Test("One head serves a whole family")
  func family() throws {
    let outcome = try evaluate("colours-r", "colours", "--allow-partial")
    #expect(try results(outcome).compactMap { $0["classes"] as? Int } == [2, 3])
  }

  @Test("Counts are checked before anything is scored, unless incomplete data will do")
  func counts() throws {
    let refused = try evaluate("colours")
    #expect(
      refused.status == 65 && refused.errors.contains("12") && refused.errors.contains("--allow-partial"))
    let allowed = try evaluate("colours", "--allow-partial")
    #expect(try results(allowed).first?["n"] as? Int == 12)
    let partial = try #require((try allowed.json()["partial"] as? [[String: Any]])?.first)
    #expect(partial["found"] as? Int == 12 && partial["expected"] as? Int == 8)
    #expect((try evaluate("colours-r").json()["partial"] as? [Any])?.isEmpty == true)
  }

  @Test("What is not on disk is named with its place, its layout and its homepage")
  func absent() throws {
    let outcome = try evaluate("colours-lost")
    #expect(outcome.status == 66)
    for word in ["images/nowhere", "2 class folders", "https://example.org/colours-lost"] {
      #expect(outcome.errors.contains(word), "\(outcome.errors)")
    }
  }

  @Test("Images that cannot be decoded can be left out, and are listed")
  func badImages() throws {
    try Data("not an image".utf8).write(to: URL(fileURLWithPath: images + "/shift/red/2.png"))
    #expect(try evaluate("colours-r").status == 65)
    let outcome = try evaluate("colours-r", "--bad-images", "skip")
    #expect(try results(outcome).first?["n"] as? Int == 7)
    #expect(try outcome.json()["skipped"] as? [String] == ["red/2.png"])
    #expect(outcome.errors.contains("1 image") && outcome.errors.contains("red/2.png"))

    let trained = try program.run(
      "finetune", "--peft", "linear", "--model", try program.model(), "--dataset", "folder:images/shift",
      "--bad-images", "skip", "--epochs", "1", "--out", "runs/skipping")
    #expect(trained.status == 0 && trained.errors.contains("red/2.png"), "\(trained.errors)")
    let record = try String(contentsOf: program.folder.file("runs/skipping/run.json"), encoding: .utf8)
    #expect(record.contains("\"skipped_images\" : 1"))
  }

  @Test("A metric that a manifest names stands beside top-1 accuracy; one that is unknown is refused")
  func metric() throws {
    let file = program.folder.file("manifests/colours-r.yaml")
    let text = try String(contentsOf: file, encoding: .utf8)
    try Data((text + "\nmetric: macro_f1\n").utf8).write(to: file)
    let scores = try #require(try results(evaluate("colours-r")).first)
    #expect(scores["metric"] as? String == "macro_f1" && scores["macro_f1"] as? Double != nil)
    let common = ["--model", try program.model(), "--data-root", "."]
    let table = try program.run(arguments: ["eval-shift", "colours-r"] + common)
    #expect(table.output.contains("reported") && table.output.contains("macro F1 "), "\(table.output)")
    let shown = try program.run("datasets", "show", "colours-r")
    #expect(shown.output.contains("metric    macro_f1"), "\(shown.output)")
    for unknown in ["f2", "nll"] {
      try Data((text + "\nmetric: \(unknown)\n").utf8).write(to: file)
      let refused = try evaluate("colours-r")
      #expect(refused.status == 65)
      #expect(refused.errors.contains("'\(unknown)' is none of top1"), "\(refused.errors)")
    }
  }

  @Test("Manifests are listed by family, its target first, or those with a word in their name")
  func list() throws {
    let listed = try program.run("datasets", "list", "colours", "--json")
    let rows = try #require(try listed.json()["datasets"] as? [[String: Any]])
    #expect(rows.map { $0["name"] as? String } == ["colours", "colours-lost", "colours-r"])
    #expect(try program.run("datasets", "list", "nothing-of-the-kind").status == 64)
    let outcome = try program.run("datasets", "show", "colour")
    #expect(outcome.status == 66 && outcome.errors.contains("did you mean colours, colours-lost, colours-r?"))
  }
}
