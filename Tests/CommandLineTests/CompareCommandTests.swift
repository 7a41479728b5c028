import Foundation
import Testing

/// From finished runs to the numbers of a robustness section.
@Suite("compare and results")
struct CompareCommandTests {
  private let program: Program

  init() throws {
    program = try Program()
    let images = try program.images("train", "val", "test", "shift")
    for (name, seed) in [("a", "1"), ("b", "2")] {
      let outcome = try program.run(
        "finetune", "--peft", "linear", "--model", try program.model(), "--dataset", "folder:\(images)",
        "--epochs", "1", "--seed", seed, "--out", "runs/\(name)")
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
  }

  @Test("What is missing is scored once and kept; then no images are needed, and the numbers are the same")
  func compare() throws {
    let none = try program.run("compare")
    #expect(none.status == 66 && none.errors.contains("--datasets"), "\(none.errors)")
    let sets = ["--datasets", "target=folder:images/test", "shift=folder:images/shift", "--json"]
    let first = try program.run(arguments: ["compare"] + sets)
    #expect(first.status == 0 && first.errors.contains("scoring"), "\(first.errors)")
    let found = try first.json()
    let comparisons = try #require(found["comparisons"] as? [[String: Any]])
    #expect(comparisons.count == 2)
    let pair = try #require((comparisons[0]["pairs"] as? [[String: Any]])?.first)
    for key in ["a", "b", "difference", "difference_ci95", "mcnemar_p", "agreement", "exactly_one_right"] {
      #expect(pair[key] != nil, "\(key)")
    }
    #expect(pair["differ_only_in_seed"] as? Bool == true)
    #expect((comparisons[0]["seed_baseline"] as? [String: Any])?["agreement"] != nil)
    let robustness = try #require(found["robustness"] as? [[String: Any]])
    #expect(robustness.count == 2 && robustness[0]["average_drop"] != nil)

    try FileManager.default.removeItem(at: program.folder.file("images"))
    let again = try program.run("compare", "runs/a", "runs/b", "--json")
    #expect(again.status == 0 && !again.errors.contains("scoring"), "\(again.errors)")
    #expect(
      try JSONSerialization.data(withJSONObject: again.json(), options: .sortedKeys)
        == JSONSerialization.data(withJSONObject: found, options: .sortedKeys))
    // Of one set, the comparison stands alone.
    let table = try program.run("compare")
    #expect(table.status == 0 && table.output.contains("seeds of linear"), "\(table.output)")
  }

  @Test("One run, an alpha that nothing selects, and features without images are refused")
  func refused() throws {
    #expect(try program.run("compare", "runs/a").status == 64)
    let selected = try program.run("compare", "--alpha", "selected", "--datasets", "folder:images/test")
    #expect(selected.status == 66 && selected.errors.contains("clipft wise"), "\(selected.errors)")
    #expect(try program.run("compare", "--features").status == 64)
    #expect(try program.run("compare", "--alpha", "2").status == 64)
  }

  @Test("Results are a table that pandas reads, each score once")
  func results() throws {
    _ = try program.run("wise", "runs/a", "--alphas", "0,1", "--datasets", "folder:images/shift")
    _ = try program.run("eval-shift", "shift=folder:images/shift", "--run", "runs/a", "--calibrate")
    let csv = try program.run("results", "runs/a")
    #expect(csv.status == 0, "\(csv.errors)")
    let lines = csv.output.split(separator: "\n")
    #expect(
      lines[0]
        == "run,method,options,seed,dataset,role,alpha,rule,metric,value,ci_low,ci_high,n,precision,images_sha256,marks,curve"
    )
    let json = try program.run("results", "runs/a", "--format", "json")
    let rows = try #require(
      try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [[String: Any]])
    #expect(rows.count == lines.count - 1)
    let keys = rows.map { row in
      ["run", "dataset", "role", "alpha", "metric", "images_sha256"].map { "\(row[$0] ?? "")" }.joined(
        separator: " ")
    }
    #expect(Set(keys).count == keys.count)
    #expect(rows.contains { $0["metric"] as? String == "temperature" })
  }

  @Test("What is asked for and cannot be had is refused, never left out without a word")
  func contradictions() throws {
    for (words, what) in [
      (["results", "--format", "csv", "--json"], "--format csv"),
      (["wise", "runs/a", "--part", "head", "--depth", "0.5:1"], "--part head"),
      (["wise", "runs/a", "--extrapolate"], "--extrapolate"),
      (["wise", "runs/a", "--datasets", "folder:images/shift", "folder:images/shift"], "named twice"),
      (["eval-shift", "folder:images/shift", "--run", "runs/a", "--metric", "temperature"], "--calibrate"),
      (["eval-shift", "shapes", "--model", "world", "--metric", "ece_temperature_scaled"], "--calibrate"),
      (["ensemble", "--metric", "ece"], "--rule"), (["report", "--out", ""], "--out"),
      (["eval-shift", "folder:images/shift", "--run", "runs/a", "--head", "trained"], "--model"),
    ] {
      let outcome = try program.run(arguments: words)
      #expect(outcome.status == 64 && outcome.errors.contains(what), "\(words): \(outcome.errors)")
    }
    let line = program.folder.file("line.csv")
    try Data("model,pretrained,other\na,b,0.5\n".utf8).write(to: line)
    let outcome = try program.run(
      "compare", "--line", "line.csv", "--datasets", "target=folder:images/test", "shift=folder:images/shift")
    #expect(outcome.status == 64 && outcome.errors.contains("has no column"), "\(outcome.errors)")
    let pair = try program.run(
      "wise", "--from", "runs/a", "--to", "runs/b", "--datasets", "folder:images/test")
    #expect(pair.status != 0 && pair.errors.contains("clipft export"), "\(pair.errors)")
  }

  @Test(
    "A line that has some shifts is used for these, and what it lacks is named; footnotes are of columns that are there"
  )
  func partialLine() throws {
    _ = try program.images("train", "val", "test", "shift", "else")
    let line = program.folder.file("line.csv")
    let rows = (1...9).map { "m\($0),p,0.\($0),0.\(10 - $0)" }
    try Data("model,pretrained,images/test,shift\n\(rows.joined(separator: "\n"))\n".utf8).write(to: line)
    let sets = [
      "--datasets", "target=folder:images/test", "shift=folder:images/shift", "shift=folder:images/else",
    ]
    let outcome = try program.run(arguments: ["compare", "--line", "line.csv"] + sets)
    #expect(
      outcome.status == 0 && outcome.output.contains("effective: over shift alone"),
      "\(outcome.output) \(outcome.errors)")
    #expect(!outcome.output.contains("hypervolume"), "\(outcome.output)")
    let without = try program.run(arguments: ["compare"] + sets)
    #expect(!without.output.contains("effective"), "\(without.output)")
  }

  @Test("A temperature that was asked for is in the table")
  func temperature() throws {
    let outcome = try program.run(
      "eval-shift", "shift=folder:images/shift", "--run", "runs/a", "--calibrate")
    #expect(
      outcome.output.contains("temperature") && outcome.output.contains("ECE (scaled)"), "\(outcome.output)")
  }

  @Test("A metric that is asked for is shown with its interval; one that is none is refused by name")
  func metrics() throws {
    let shown = try program.run(
      "eval-shift", "shift=folder:images/shift", "--run", "runs/a", "--metric", "aurc", "nll")
    #expect(shown.status == 0 && shown.output.contains("AURC") && shown.output.contains("NLL"))
    #expect(!shown.output.contains("top-1"))
    let wrong = try program.run("eval-shift", "shapes-r", "--metric", "accuracy")
    #expect(wrong.status == 64 && wrong.errors.contains("top1"), "\(wrong.errors)")
    let clustered = try program.run(
      "eval-shift", "shift=folder:images/shift", "--run", "runs/a", "--cluster", "group")
    #expect(clustered.status == 64 && clustered.errors.contains("csv:"), "\(clustered.errors)")
    let byClass = try program.run(
      "eval-shift", "shift=folder:images/shift", "--run", "runs/a", "--cluster", "class", "--json")
    let results = try #require(try byClass.json()["results"] as? [[String: Any]])
    #expect((results[0]["resampling"] as? [String: Any])?["clusters"] as? String == "class")
  }
}
