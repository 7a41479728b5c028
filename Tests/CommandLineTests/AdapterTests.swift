import Foundation
import Testing

/// `--adapter` names an adapter of peft beside a model, wherever a run could be named.
@Suite("A model with an adapter of peft on the command line")
struct AdapterTests {
  private let program: Program
  private let model: String
  private let images: String
  private let adapter: String

  /// An adapter of both towers.
  init() throws {
    program = try Program()
    model = try program.model()
    images = try program.images("train", "val", "test", "else")
    adapter = program.folder.file("adapter").path
    let run = program.folder.file("run").path
    let trained = try program.run(
      "finetune", "--peft", "lora", "--towers", "both", "--option", "scaling=rank", "--lr", "0.05",
      "--epochs",
      "2", "--batch-size", "4", "--model", model, "--dataset", "folder:\(images)", "--recipe", "world",
      "--out",
      run)
    #expect(trained.status == 0, "\(trained.errors)")
    let exported = try program.run("export", run, "--to", "peft", "--out", adapter)
    #expect(exported.status == 0, "\(exported.errors)")
  }

  private func wise(_ more: String...) throws -> Program.Outcome {
    try program.run(
      arguments: [
        "wise", "--model", model, "--adapter", adapter, "--alphas", "0,0.5,1", "--json", "--datasets",
        "target=folder:\(images)/test", "folder:\(images)/else",
      ] + more)
  }

  /// Of one set, without what names the model.
  private func nll(_ arguments: String...) throws -> Double {
    let outcome = try program.run(
      arguments: ["eval-shift", "folder:\(images)/test", "--json"] + arguments)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let results = try #require(try outcome.json()["results"] as? [[String: Any]])
    return try #require(results.first?["nll"] as? Double)
  }

  @Test("The curve runs from the model to the model with the adapter, and what is exported lies on it")
  func curve() throws {
    let outcome = try wise("--val", "folder:\(images)/val")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let curve = try outcome.json()
    let points = try #require(curve["points"] as? [[String: Any]])
    let traced = points.compactMap { ($0["target"] as? [String: Any])?["nll"] as? Double }
    #expect(traced.count == 3 && Set(traced).count == 3)
    #expect(try nll("--model", model) == traced[0])
    #expect(try nll("--model", model, "--adapter", adapter) == traced[2])
    #expect(try nll("--model", model, "--adapter", adapter, "--alpha", "0.5") == traced[1])
    #expect(points.allSatisfy { ($0["shifts"] as? [Any])?.count == 1 && $0["validation"] != nil })
    #expect(curve["selected"] != nil && curve["seed"] == nil && curve["run"] as? String == "adapter")

    let out = program.folder.file("half").path
    let exported = try program.run(
      "export", "--model", model, "--adapter", adapter, "--alpha", "0.5", "--out", out)
    #expect(exported.status == 0, "\(exported.errors)")
    #expect(abs(try nll("--model", out) - traced[1]) < 1e-5)
    // The images that the adapter was trained on are known there, too.
    let seen = try program.run("eval-shift", "folder:\(images)/train", "--model", out)
    #expect(seen.status == 65 && seen.errors.contains("training images"))
  }

  @Test("Without validation images no alpha is selected, and images that were trained on select none")
  func selection() throws {
    let curve = try wise().json()
    #expect(curve["selected"] == nil && (curve["points"] as? [Any])?.count == 3)
    for (val, words) in [("train", "training images"), ("test", "validation images")] {
      let outcome = try wise("--val", "folder:\(images)/\(val)")
      #expect(outcome.status == 65 && outcome.errors.contains(words), "\(outcome.errors)")
    }
    // Where it is allowed, the numbers are marked.
    let allowed = try wise("--val", "folder:\(images)/train", "--allow-overlap")
    let point = try #require((try allowed.json()["points"] as? [[String: Any]])?.first)
    let validation = try #require(point["validation"] as? [String: Any])
    #expect(validation["is_selection_set"] as? Bool == true)
    #expect((validation["overlaps"] as? [String: Int])?["train"] == 12)
  }

  @Test(
    "What cannot be obeyed is refused",
    arguments: [
      (["wise", "--alphas", "0,1"], "--datasets"),
      (["wise", "--run", "run", "--datasets", "folder:images/test"], "--run has no effect"),
      (["wise", "run", "--datasets", "folder:images/test"], "has no effect"),
      (["wise", "--datasets", "shift=folder:images/test"], "target"),
      (["export", "run", "--out", "o"], "has no effect"),
      (["export", "--to", "peft", "--out", "o"], "peft already"),
    ])
  func refused(arguments: [String], words: String) throws {
    let outcome = try program.run(arguments: arguments + ["--model", model, "--adapter", adapter])
    #expect(outcome.status == 64 && outcome.errors.contains(words), "\(outcome.errors)")
  }
}
