import Foundation
import Testing

/// What a run says of data that it was not trained on: accuracy before and after, and outliers.
@Suite("Retention and outliers on the command line")
struct RetentionCommandTests {
  private let program: Program
  private let model: String

  init() throws {
    program = try Program()
    model = try program.model()
    _ = try program.images("train", "val", "test", "else")
    // Other classes than the run's.
    _ = try program.shell(
      "mkdir other; cp -r images/else/red other/crimson; cp -r images/else/blue other/sky; mkdir two; cp -r other/* two"
    )
    let trained = try program.run(
      "finetune", "--peft", "lora", "--towers", "both", "--lr", "0.01", "--epochs", "2", "--batch-size", "4",
      "--model", model, "--dataset", "folder:images", "--recipe", "world", "--out", "runs/lora")
    #expect(trained.status == 0, "\(trained.errors)")
  }

  private func score(_ arguments: String...) throws -> Program.Outcome {
    try program.run(arguments: ["eval-shift"] + arguments + ["--resamples", "100"])
  }

  private func kept() throws -> [[String: Any]] {
    let data = try Data(contentsOf: program.folder.file("runs/lora/retention.json"))
    return try #require(try JSONSerialization.jsonObject(with: data) as? [[String: Any]])
  }

  @Test(
    "Zero-shot accuracy on other classes is that of the model before, and of the run after; each set is kept")
  func retention() throws {
    let outcome = try score("--run", "runs/lora", "--retention", "folder:other", "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let document = try outcome.json()
    #expect((document["results"] as? [Any])?.isEmpty == true)
    let found = try #require((document["retention"] as? [[String: Any]])?.first)
    #expect(found["dataset"] as? String == "other" && found["changed"] as? String == "image and text")
    func nll(_ outcome: Program.Outcome) throws -> Double {
      #expect(outcome.status == 0, "\(outcome.errors)")
      return try #require((try outcome.json()["results"] as? [[String: Any]])?.first?["nll"] as? Double)
    }
    let before = try #require(found["before"] as? [String: Any])
    let zeroShot = try nll(score("folder:other", "--model", model, "--json"))
    #expect(abs((before["nll"] as? Double ?? 0) - zeroShot) < 1e-5)
    let after = try #require(found["after"] as? [String: Any])
    let scores = try #require(after["scores"] as? [String: Any])
    let tuned = try nll(score("folder:other", "--run", "runs/lora", "--head", "text", "--json"))
    #expect(abs((scores["nll"] as? Double ?? 0) - tuned) < 1e-5)
    #expect(after["mcnemar_p"] is Double && (after["difference_ci95"] as? [Double])?.count == 2)
    let image = try #require((found["image_alone"] as? [String: Any])?["scores"] as? [String: Any])
    #expect(image["nll"] as? Double != scores["nll"] as? Double)

    // Beside what is scored by the run's own head, and as a table.
    let both = try score(
      "folder:images/test", "--run", "runs/lora", "--retention", "folder:two", "--alpha", "0.5")
    #expect(
      both.status == 0 && both.output.contains("retained on") && both.output.contains("top-1"),
      "\(both.errors)")
    let entries = try kept()
    #expect(entries.compactMap { $0["dataset"] as? String } == ["other", "two"])
    #expect(entries.compactMap { $0["alpha"] as? Double } == [1, 0.5])
  }

  @Test("Outliers of any classes are told from the target, by a run and by a model")
  func outliers() throws {
    for arguments in [["--run", "runs/lora"], ["--model", model]] {
      let outcome = try program.run(
        arguments: [
          "eval-shift", "folder:images/test", "--outliers", "folder:other", "--json", "--resamples", "100",
        ]
          + arguments)
      #expect(outcome.status == 0, "\(outcome.errors)")
      let found = try #require((try outcome.json()["outliers"] as? [[String: Any]])?.first)
      #expect(
        found["dataset"] as? String == "other" && found["n"] as? Int == 8 && found["inside_n"] as? Int == 12)
      for key in ["auroc_msp", "fpr95_msp", "auroc_energy", "fpr95_energy"] {
        let (value, interval) = (found[key] as? Double, found["\(key)_ci95"] as? [Double])
        #expect((0...1).contains(value ?? -1) && interval?.count == 2, "\(key)")
      }
    }
    // Images that the run has seen are none, nor are those of the set itself.
    for set in ["folder:images/train", "folder:images/test"] {
      let outcome = try score("folder:images/test", "--run", "runs/lora", "--outliers", set)
      #expect(outcome.status == 65, "\(outcome.errors)")
    }
    let text = try score("folder:images/test", "--run", "runs/lora", "--outliers", "folder:other")
    #expect(text.output.contains("told from the 12 images of"), "\(text.output)")
  }

  @Test(
    "What cannot be obeyed is refused",
    arguments: [
      ([], "needs <data> to score"),
      (["--model", "M", "--retention", "folder:other"], "--run"),
      (["--run", "runs/lora", "--retention", "folder:other", "--alpha", "0"], "above it"),
      (["--run", "runs/lora", "--retention", "folder:other", "--outliers", "folder:two"], "--outliers"),
      (["--run", "runs/lora", "--retention", "folder:other", "--calibrate"], "--calibrate"),
      (["--run", "runs/lora", "--retention", "folder:other", "--arch", "ViT-B-32"], "--arch"),
      (["folder:images/test", "--outliers", "folder:other", "--cluster", "class"], "--cluster"),
    ])
  func refused(arguments: [String], words: String) throws {
    let outcome = try program.run(arguments: ["eval-shift"] + arguments)
    #expect(outcome.status == 64 && outcome.errors.contains(words), "\(outcome.errors)")
  }
}
