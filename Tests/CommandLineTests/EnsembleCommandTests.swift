import Foundation
import Testing

/// Ensembles of two small runs.
@Suite("Output ensembles on the command line")
struct EnsembleCommandTests {
  private let program: Program

  init() throws {
    program = try Program()
    let model = try program.model()
    _ = try program.images("train", "val", "test", "else")
    for method in ["full", "bitfit"] {
      let trained = try program.run(
        "finetune", "--peft", method, "--lr", "0.01", "--epochs", "4", "--batch-size", "4", "--model", model,
        "--dataset", "folder:images", "--recipe", "world", "--out", "runs/\(method)")
      #expect(trained.status == 0, "\(trained.errors)")
    }
  }

  private func ensemble(_ arguments: String...) throws -> Program.Outcome {
    try program.run(arguments: ["ensemble"] + arguments + ["--resamples", "100", "--json"])
  }

  private static let sets = ["--datasets", "target=folder:images/test", "folder:images/else"]

  @Test("Every pair and those selected are scored on each set; what is kept is not scored again")
  func pairs() throws {
    let outcome = try program.run(
      arguments: ["ensemble", "runs/full", "runs/bitfit"] + Self.sets + ["--resamples", "100", "--json"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let document = try outcome.json()
    #expect(document["rule"] as? String == "mean-logits" && document["alpha"] as? Double == 1)
    let sets = try #require(document["datasets"] as? [[String: Any]])
    #expect(sets.compactMap { $0["n"] as? Int } == [12, 12])
    for set in sets {
      let members = try #require(set["members"] as? [[String: Any]])
      #expect(members.compactMap { $0["method"] as? String } == ["full", "bitfit"])
      let ensembles = try #require(set["ensembles"] as? [[String: Any]])
      #expect(ensembles.compactMap { $0["kind"] as? String } == ["pair", "selected"])
      let best = try #require(members.compactMap { $0["top1"] as? Double }.max())
      let (top1, gain) = (ensembles[0]["top1"] as? Double, ensembles[0]["gain"] as? Double)
      #expect(abs((top1 ?? -1) - best - (gain ?? 9)) < 1e-9)
      #expect((ensembles[0]["gain_ci95"] as? [Double])?.count == 2 && ensembles[0]["nll"] == nil)
      #expect((ensembles[0]["top1_ci95"] as? [Double])?.count == 2 && set["images_sha256"] is String)
    }
    let selection = try #require(document["selection"] as? [String: Any])
    #expect(selection["n"] as? Int == 12 && (selection["steps"] as? [Any])?.count == 2)
    let cost = try #require(document["cost"] as? [String: Any])
    #expect(cost["forward_passes"] as? Int == 2 && (cost["parameters"] as? Int ?? 0) > 0)

    // By default on what all keep, without the validation images on which members were chosen.
    let again = try ensemble("runs/full", "runs/bitfit")
    #expect(again.status == 0 && !again.errors.contains("scoring"), "\(again.errors)")
    #expect((try again.json()["datasets"] as? [[String: Any]])?.count == 2)
    let compared = try program.run("compare", "runs/full", "runs/bitfit", "--json", "--resamples", "100")
    #expect((try compared.json()["comparisons"] as? [Any])?.count == 2, "\(compared.errors)")
  }

  @Test(
    "Calibrated members have all metrics, the model that they began from may be one, and people read a table")
  func calibrated() throws {
    let outcome = try program.run(
      arguments: [
        "ensemble", "runs/full", "runs/bitfit", "--zero-shot", "--rule", "mean-calibrated", "--size", "3",
      ]
        + Self.sets + ["--resamples", "100", "--json"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let set = try #require((try outcome.json()["datasets"] as? [[String: Any]])?.first)
    let members = try #require(set["members"] as? [[String: Any]])
    #expect(members.compactMap { $0["method"] as? String } == ["zero-shot", "full", "bitfit"])
    #expect(members.allSatisfy { ($0["temperature"] as? Double ?? 0) > 0 })
    let ensembles = try #require(set["ensembles"] as? [[String: Any]])
    #expect(ensembles.compactMap { $0["kind"] as? String } == ["pair", "pair", "pair", "all", "selected"])
    #expect(ensembles.allSatisfy { $0["nll"] is Double && $0["ece"] is Double })
    let text = try program.run(
      "ensemble", "runs/full", "runs/bitfit", "--rule", "vote", "--datasets", "folder:images/else")
    #expect(text.status == 0, "\(text.errors)")
    for words in [
      "full + bitfit", "selected on 12 validation images", "2 forward passes", "no probabilities",
    ] {
      #expect(text.output.contains(words), "\(text.output)")
    }
  }

  @Test("A run is mixed with the model that it began from by nearness to what only fine-tuning gets right")
  func ends() throws {
    let outcome = try ensemble("runs/full", "--rule", "vrf", "--datasets", "folder:images/else")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let document = try outcome.json()
    #expect(document["selection"] == nil && (document["notes"] as? [String])?.isEmpty == false)
    let set = try #require((document["datasets"] as? [[String: Any]])?.first)
    #expect(
      (set["members"] as? [[String: Any]])?.compactMap { $0["alpha"] as? Double } == [0, 1])
    #expect(((set["ensembles"] as? [[String: Any]])?.first?["nll"] as? Double) != nil)
  }

  @Test(
    "What cannot be obeyed is refused",
    arguments: [
      (["runs/full", "runs/bitfit", "--rule", "mean"], "there is no such rule"),
      (["runs/full", "runs/bitfit", "--size", "0"], "1…1000"),
      (["runs/full", "runs/bitfit", "--alpha", "2"], "0…1"),
      (["runs/full", "--datasets", "folder:images/else"], "at least two"),
      (["runs/full", "--rule", "vrf"], "--datasets"),
      (["runs/full", "--rule", "vrf", "--size", "2", "--datasets", "folder:images/else"], "--size"),
      (["runs/full", "runs/bitfit", "--rule", "vrf", "--datasets", "folder:images/else"], "name one"),
    ])
  func refused(arguments: [String], words: String) throws {
    let outcome = try program.run(arguments: ["ensemble"] + arguments)
    #expect(outcome.status == 64 && outcome.errors.contains(words), "\(outcome.errors)")
  }
}
