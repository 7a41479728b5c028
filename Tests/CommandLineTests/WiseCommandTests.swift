import Foundation
import Testing

/// Curves between two models, of a part, by depth and beyond the ends.
@Suite("What wise traces beside a run from pre-trained to fine-tuned")
struct WiseCommandTests {
  private let program: Program
  private let model: String
  private let images: String
  private let run: String

  init() throws {
    program = try Program()
    model = try program.model()
    images = try program.images("train", "val", "test", "else")
    run = program.folder.file("run").path
    let trained = try program.run(
      "finetune", "--peft", "full", "--lr", "0.01", "--epochs", "2", "--batch-size", "4", "--model", model,
      "--dataset", "folder:\(images)", "--recipe", "world", "--out", run)
    #expect(trained.status == 0, "\(trained.errors)")
  }

  /// The run at an alpha as a plain model.
  private func export(_ alpha: String, as name: String, _ more: String...) throws -> String {
    let out = program.folder.file(name).path
    let outcome = try program.run(arguments: ["export", run, "--alpha", alpha, "--out", out] + more)
    #expect(outcome.status == 0, "\(outcome.errors)")
    return out
  }

  private var sets: [String] {
    ["--datasets", "target=folder:\(images)/test", "shift=folder:\(images)/else"]
  }

  private func wise(_ arguments: [String]) throws -> Program.Outcome {
    try program.run(arguments: ["wise", "--alphas", "0,0.5,1", "--json"] + arguments + sets)
  }

  private func nll(_ outcome: Program.Outcome) throws -> [Double] {
    #expect(outcome.status == 0, "\(outcome.errors)")
    let points = try #require(try outcome.json()["points"] as? [[String: Any]])
    return points.compactMap { ($0["target"] as? [String: Any])?["nll"] as? Double }
  }

  private func score(_ model: String) throws -> Double {
    let outcome = try program.run("eval-shift", "folder:\(images)/test", "--model", model, "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let results = try #require(try outcome.json()["results"] as? [[String: Any]])
    return try #require(results.first?["nll"] as? Double)
  }

  @Test("Between two models of any format, the ends are the models zero-shot, and nothing is kept")
  func zeroShot() throws {
    let tuned = try export("1", as: "tuned", "--to", "open_clip")
    let outcome = try wise([
      "--from", model, "--to", tuned, "--val", "folder:\(images)/val", "--allow-overlap",
    ])
    let traced = try nll(outcome)
    let curve = try outcome.json()
    #expect(curve["head"] as? String == "zero-shot" && curve["from"] as? String == model)
    #expect(curve["run"] as? String == "tuned" && curve["selected"] != nil)
    #expect(outcome.errors.contains("is not used"))
    #expect(try score(model) == traced[0] && score(tuned) == traced[2] && traced[1] != traced[0])
    // The same interpolation by the other door, written out.
    let middle = try export("0.5", as: "middle")
    #expect(abs(try score(middle) - traced[1]) < 1e-5)
    // Images that a model brings lists of are none of a target.
    let seen = try program.run(
      "wise", "--from", model, "--to", tuned, "--datasets", "target=folder:\(images)/train")
    #expect(seen.status == 65 && seen.errors.contains("training images"))
  }

  @Test(
    "Where both bring a head for the same classes, heads are interpolated, and the curve is the run's own")
  func trainedHeads() throws {
    let (start, end) = (try export("0", as: "start"), try export("1", as: "end"))
    let outcome = try wise(["--from", start, "--to", end])
    #expect(try outcome.json()["head"] as? String == "trained")
    let own = try nll(wise(["--run", run]))
    let between = try nll(outcome)
    #expect(zip(own, between).allSatisfy { abs($0 - $1) < 1e-6 } && own.count == 3)
    // The head alone, the tower alone.
    let head = try nll(wise(["--from", start, "--to", end, "--part", "head"]))
    let tower = try nll(wise(["--from", start, "--to", end, "--part", "vision"]))
    #expect(head[2] == between[2] && tower[2] == between[2])
    #expect(head[0] != between[0] && tower[0] != between[0] && head[0] != tower[0])
    let prompts = try wise(["--from", start, "--to", end, "--descriptions", "x.json"])
    #expect(prompts.status == 64 && prompts.errors.contains("--descriptions"))
  }

  @Test("Models with other tensors are refused, each difference listed")
  func mismatch() throws {
    let other = program.folder.file("other").path
    let made = try program.run(
      "pretrain", "--steps", "1", "--batch-size", "8", "--out", other)
    #expect(made.status == 0, "\(made.errors)")
    let outcome = try wise(["--from", model, "--to", other])
    #expect(
      outcome.status == 65 && outcome.errors.contains("do not have the same tensors"), "\(outcome.errors)")
    #expect(outcome.errors.contains("token_embedding.weight") && outcome.errors.contains("visual.proj"))
  }

  @Test("A curve of a part is kept beside the run's own, and is not taken for it")
  func kept() throws {
    let plain = try nll(wise(["--run", run]))
    let outcome = try wise(["--run", run, "--part", "head"])
    let part = try nll(outcome)
    #expect(part[0] != plain[0])
    let json = try outcome.json()
    #expect(json["part"] as? String == "head" && json["depth"] == nil)
    let names = try FileManager.default.contentsOfDirectory(atPath: run + "/curves")
    #expect(names.contains { $0.hasSuffix("-head.json") } && names.count == 4)
    let last =
      try JSONSerialization.jsonObject(
        with: Data(contentsOf: URL(fileURLWithPath: run + "/wise.json"))) as? [String: Any]
    #expect(last?["part"] as? String == "all")
    let results = try program.run("results", run)
    #expect(results.status == 0 && results.errors.contains("is left out"), "\(results.errors)")
  }

  @Test("Beyond the ends only where it is asked for, and no alpha there is selected unless asked")
  func extrapolation() throws {
    let refused = try program.run(arguments: ["wise", "--run", run, "--alphas", "-0.5:1.5:0.5"] + sets)
    #expect(refused.status == 64 && refused.errors.contains("--extrapolate"), "\(refused.errors)")
    func trace(_ more: String...) throws -> [String: Any] {
      let outcome = try program.run(
        arguments: ["wise", "--run", run, "--alphas", "-0.5:1.5:0.5", "--extrapolate", "--json"] + more + sets
      )
      #expect(outcome.status == 0, "\(outcome.errors)")
      return try outcome.json()
    }
    let curve = try trace()
    let points = try #require(curve["points"] as? [[String: Any]])
    #expect(points.compactMap { $0["alpha"] as? Double } == [-0.5, 0, 0.5, 1, 1.5])
    let chosen = try #require(curve["selections"] as? [[String: Any]])
    #expect(chosen.count == 3 && chosen.allSatisfy { (0...1).contains($0["alpha"] as? Double ?? -1) })
    let all = try #require(try trace("--select-extrapolated")["selections"] as? [[String: Any]])
    #expect(all.count == 3)
    let plain = try nll(wise(["--run", run]))
    let ends = points.compactMap { ($0["target"] as? [String: Any])?["nll"] as? Double }
    #expect(ends[1] == plain[0] && ends[3] == plain[2])
  }

  @Test(
    "What cannot be obeyed is refused by name",
    arguments: [
      (["--from", "MODEL"], "--to"), (["--to", "MODEL"], "--from"),
      (["--from", "MODEL", "--to", "MODEL", "--run", "RUN"], "--run"),
      (["--from", "MODEL", "--to", "MODEL", "--model", "MODEL"], "--model"),
      (["--from", "MODEL", "--to", "MODEL", "--adapter", "a"], "--adapter"),
      (["--from", "MODEL", "--to", "MODEL", "--part", "head"], "--part"),
      (["--run", "RUN", "--part", "text"], "--part text"), (["--run", "RUN", "--depth", "1"], "--depth"),
      (["--run", "RUN", "--depth", "1:1.5"], "--extrapolate"),
      (["--run", "RUN", "--select-extrapolated"], "--select-extrapolated"),
      (["--run", "RUN", "--part", "tail"], "--part"),
    ])
  func refused(arguments: [String], words: String) throws {
    let outcome = try wise(arguments.map { ["MODEL": model, "RUN": run][$0] ?? $0 })
    #expect(outcome.status == 64 && outcome.errors.contains(words), "\(outcome.errors)")
  }
}
