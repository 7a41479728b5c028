import Checkpoint
import Foundation
import TensorCore
import Testing

/// `clipft merge` makes one model of several runs, model folders and files.
@Suite("Merging on the command line")
struct MergeCommandTests {
  private let program: Program
  private let model: String
  private let images: String

  /// Two runs of one model on the same images.
  init() throws {
    program = try Program()
    model = try program.model()
    images = try program.images("train", "val", "test")
    for (name, method) in [("a", "lora"), ("b", "bitfit")] { try train(name, method) }
  }

  private func train(_ name: String, _ method: String, _ more: String...) throws {
    let outcome = try program.run(
      arguments: [
        "finetune", "--peft", method, "--model", model, "--dataset", "folder:\(images)", "--lr", "0.05",
        "--epochs", "2", "--batch-size", "4", "--recipe", "world", "--out", name,
      ] + more)
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  private func merge(_ arguments: String...) throws -> Program.Outcome {
    try program.run(arguments: ["merge"] + arguments)
  }

  /// Merges, and says what was made of it.
  @discardableResult
  private func merged(_ arguments: String...) throws -> [String: Any] {
    let outcome = try program.run(arguments: ["merge"] + arguments + ["--json"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    return try outcome.json()
  }

  private func state(_ folder: String, _ name: String = "model.safetensors") throws -> StateDict {
    try SafetensorsFile(url: program.folder.file("\(folder)/\(name)")).stateDict()
  }

  /// The largest difference between the tensors of two states.
  private func distance(_ a: StateDict, _ b: StateDict) throws -> Float {
    #expect(Set(a.names) == Set(b.names))
    return try a.map { name, tensor in
      zip(tensor.array, try #require(b[name]).array).map { abs($0 - $1) }.max() ?? 0
    }.max() ?? 0
  }

  private func half(_ a: StateDict, _ b: StateDict) throws -> StateDict {
    StateDict(
      try a.map { name, tensor in
        let other = try #require(b[name])
        return (name, Tensor(zip(tensor.array, other.array).map { ($0 + $1) / 2 }, shape: tensor.shape))
      })
  }

  @Test("Runs are merged as they would be exported, the head included, and every command takes the result")
  func runs() throws {
    let report = try merged("uniform", "a", "b", "--out", "soup")
    #expect(report["method"] as? String == "uniform" && report["inputs"] as? [String] == ["a", "b"])
    #expect(report["coefficients"] as? [Double] == [0.5, 0.5])
    #expect((report["output"] as? String)?.hasSuffix("/soup") == true)
    #expect((report["peak_rss_mb"] as? Int ?? 0) > 0 && report["head_classes"] as? Int == 3)
    #expect((report["inputs_sha256"] as? [String])?.allSatisfy { $0.count == 64 } == true)
    for run in ["a", "b"] {
      #expect(try program.run("export", run, "--out", "\(run)-model").status == 0)
    }
    let head = "classification_head.safetensors"
    #expect(try distance(state("soup"), half(state("a-model"), state("b-model"))) < 1e-6)
    #expect(
      try distance(state("soup", head), half(state("a-model", head), state("b-model", head))) < 1e-6)
    // Merging the exports is the same, bit for bit.
    try merged("uniform", "a-model", "b-model", "--out", "again")
    #expect(try distance(state("soup"), state("again")) == 0)
    #expect(try distance(state("soup", head), state("again", head)) == 0)
    let scored = try program.run("eval-shift", "folder:\(images)/test", "--model", "soup", "--json")
    #expect(scored.status == 0, "\(scored.errors)")
    // What any of the runs was trained and selected on is known.
    let seen = try program.run("eval-shift", "folder:\(images)/train", "--model", "soup")
    #expect(seen.status == 65 && seen.errors.contains("training images"))
    let record = try Data(contentsOf: program.folder.file("soup/merge.json"))
    let kept = try #require(try JSONSerialization.jsonObject(with: record) as? [String: Any])
    #expect(kept["inputs"] as? [String] == ["a", "b"] && kept["method"] as? String == "uniform")
    #expect(try state("soup").metadata["merge"] == "uniform")
    #expect(
      try Set(FileManager.default.contentsOfDirectory(atPath: program.folder.file("soup").path)).isSuperset(
        of: ["config.json", "vocab.json", "merges.txt", "preprocessor_config.json", "images", head]))
  }

  @Test("soup is short for uniform and greedy")
  func soup() throws {
    try merged("uniform", "a", "b", "--out", "long")
    let short = try program.run("soup", "a", "b", "--out", "short", "--json")
    #expect(short.status == 0, "\(short.errors)")
    #expect(try distance(state("long"), state("short")) == 0)
    let greedy = try program.run("soup", "--greedy", "a", "b", "--out", "greedy", "--json")
    #expect(try greedy.json()["method"] as? String == "greedy", "\(greedy.errors)")
  }

  @Test("Soups that choose by images take the runs' own, record them, and their scores are marked later")
  func selection() throws {
    let report = try merged("greedy", "a", "b", "--out", "greedy")
    let validation = try #require(report["validation"] as? [String: Any])
    #expect(validation["images"] as? Int == 12)
    let trials = try #require(validation["trials"] as? [[String: Any]])
    #expect(trials.count == 3)
    #expect(trials.map { $0["coefficients"] as? [Double] }.prefix(2) == [[1, 0], [0, 1]])
    let seen = try program.run("eval-shift", "folder:\(images)/val", "--model", "greedy")
    #expect(seen.status == 65 && seen.errors.contains("validation images"), "\(seen.errors)")

    // Images that the runs have not seen are named, and known afterwards.
    let learned = try merged(
      "learned", "a", "b", "--val", "folder:\(images)/test", "--option", "evaluations=3", "--out", "learned")
    let shares = try #require(learned["coefficients"] as? [Double])
    #expect(abs(shares.reduce(0, +) - 1) < 1e-12)
    let tested = try program.run("eval-shift", "folder:\(images)/test", "--model", "learned")
    #expect(tested.status == 65 && tested.errors.contains("validation images"), "\(tested.errors)")
    // Training images say nothing of new ones.
    let trained = try merge("greedy", "a", "b", "--val", "folder:\(images)/train", "--out", "no")
    #expect(trained.status == 65 && trained.errors.contains("training images"), "\(trained.errors)")
    let allowed = try merged(
      "greedy", "a", "b", "--val", "folder:\(images)/train", "--allow-overlap", "--out", "allowed")
    let overlaps = (allowed["validation"] as? [String: Any])?["overlaps"] as? [String: Int]
    #expect(overlaps?["train"] == 12)
  }

  @Test("Models without heads are scored zero-shot, with prompts of the classes of the images")
  func zeroShot() throws {
    for (name, run) in [("a-model", "a"), ("b-model", "b")] {
      #expect(try program.run("export", run, "--out", name).status == 0)
      try FileManager.default.removeItem(at: program.folder.file("\(name)/classification_head.safetensors"))
    }
    let report = try merged(
      "greedy", "a-model", "b-model", "--val", "folder:\(images)/test", "--out", "greedy")
    #expect(report["head_classes"] == nil)
    let trials = (report["validation"] as? [String: Any])?["trials"] as? [[String: Any]]
    let score = try #require(trials?.first?["score"] as? [String: Any])
    let alone = try program.run("eval-shift", "folder:\(images)/test", "--model", "a-model", "--json")
    let result = try #require((alone.json()["results"] as? [[String: Any]])?.first)
    #expect(score["correct"] as? Int == result["correct"] as? Int)
    #expect(abs((score["cross_entropy"] as? Double ?? 0) - (result["nll"] as? Double ?? 1)) < 1e-9)
  }

  @Test("Task vectors start from the base, heads from the one that the runs began from")
  func base() throws {
    try merged("task-arithmetic", "a", "--base", model, "--out", "one")
    #expect(try program.run("export", "a", "--out", "a-model").status == 0)
    let head = "classification_head.safetensors"
    #expect(try distance(state("one"), state("a-model")) < 1e-6)
    #expect(try distance(state("one", head), state("a-model", head)) < 1e-6)
    let report = try merged(
      "lines", "a", "b", "--base", model, "--option", "alpha=0.1", "--option", "beta=0.2", "--weights", "1,2",
      "--out", "lines")
    #expect(report["coefficients"] as? [Double] == [1, 2])
    let options = try #require(report["options"] as? [String: Any])
    #expect(options["alpha"] as? String == "0.1" && options["weights"] as? String == "1,2")
    let factors = try #require(report["factors"] as? [String: Double])
    #expect(factors["logit_scale"] == 0.1 && factors.values.contains { abs($0 - 0.3) < 1e-12 })
    // Every method makes a model of two.
    for method in ["ties", "dare", "model-stock", "iso-c", "tsv-m"] {
      try merged(method, "a", "b", "--base", model, "--out", method)
      let loaded = try program.run("inspect", method)
      #expect(loaded.status == 0, "\(method): \(loaded.errors)")
    }
  }

  @Test("Fisher information is read from files, or estimated on images")
  func fisher() throws {
    for run in ["a", "b"] { #expect(try program.run("export", run, "--out", "\(run)-model").status == 0) }
    let ones = try state("a-model").mapValues {
      Tensor([Float](repeating: 1, count: $0.count), shape: $0.shape)
    }
    try SafetensorsFile.write(ones, to: program.folder.file("ones.safetensors"))
    let given = try merge(
      "fisher", "a", "b", "--fisher", "ones.safetensors", "ones.safetensors", "--out", "given")
    #expect(given.status == 0 && given.errors.contains("no Fisher information of it"), "\(given.errors)")
    try merged("uniform", "a", "b", "--out", "soup")
    #expect(try distance(state("given"), state("soup")) < 1e-6)

    let estimated = try merge("fisher", "a", "b", "--out", "estimated", "--json")
    #expect(
      estimated.status == 0 && estimated.errors.contains("estimated on 12 images"), "\(estimated.errors)")
    let (merged, a, b) = (try state("estimated"), try state("a-model"), try state("b-model"))
    for (name, tensor) in merged {
      let pairs = zip(try #require(a[name]).array, try #require(b[name]).array)
      for (value, (x, y)) in zip(tensor.array, pairs) {
        #expect(value >= min(x, y) - 1e-5 && value <= max(x, y) + 1e-5, "\(name)")
      }
    }
    #expect(try distance(merged, state("soup")) > 0)
    #expect(
      FileManager.default.fileExists(
        atPath: program.folder.file("estimated/classification_head.safetensors").path))
  }

  @Test("Other layouts and files are merged as the same models")
  func layouts() throws {
    for run in ["a", "b"] { #expect(try program.run("export", run, "--out", "\(run)-model").status == 0) }
    #expect(try program.run("convert", "b-model", "b-open", "--to", "open_clip").status == 0)
    try merged("uniform", "a-model", "b-model", "--out", "one")
    try merged("uniform", "a-model", "b-open", "--out", "other")
    #expect(try distance(state("one"), state("other")) == 0)
  }

  @Test("A head that cannot be merged is left out with a word, and models of other tensors are refused")
  func heads() throws {
    let mixed = try merge("uniform", "a", model, "--out", "mixed")
    #expect(mixed.status == 0 && mixed.errors.contains("no head is written"), "\(mixed.errors)")
    #expect(
      !FileManager.default.fileExists(
        atPath: program.folder.file("mixed/classification_head.safetensors").path))
    var damaged = try state("mixed")
    let name = "visual_projection.weight"
    let projection = try #require(damaged[name])
    damaged[name] = Tensor([.nan] + projection.array.dropFirst(), shape: projection.shape)
    try FileManager.default.copyItem(at: program.folder.file("mixed"), to: program.folder.file("nan"))
    try SafetensorsFile.write(damaged, to: program.folder.file("nan/model.safetensors"))
    let nan = try merge("uniform", "mixed", "nan", "--out", "no")
    #expect(nan.status == 65 && nan.errors.contains("nan: 'visual.proj'"), "\(nan.errors)")
    damaged[name] = nil
    try SafetensorsFile.write(damaged, to: program.folder.file("nan/model.safetensors"))
    let missing = try merge("uniform", "mixed", "nan", "--out", "no")
    #expect(missing.status == 65 && missing.errors.contains("visual.proj"), "\(missing.errors)")
    #expect(!FileManager.default.fileExists(atPath: program.folder.file("no").path))
    let left = try program.folder.contents().filter { $0.hasPrefix(".clipft") }
    #expect(left.isEmpty, "\(left)")
  }

  @Test("What has no plain weights is refused with the reason")
  func prompts() throws {
    try train("v", "vpt-deep")
    let outcome = try merge("uniform", "a", "v", "--out", "no")
    #expect(outcome.status == 64 && outcome.errors.contains("vpt-deep"), "\(outcome.errors)")
  }

  @Test(
    "What cannot be obeyed is refused",
    arguments: [
      (["uniform", "a", "b", "--density", "0.2"], 64, "no option \"density\""),
      (["unifrom", "a", "b"], 64, "did you mean uniform"),
      (["ties", "a", "b"], 64, "--base"),
      (["uniform", "a", "b", "--base", "a"], 64, "--base"),
      (["uniform", "a", "b", "--fisher", "a/run.json"], 64, "--fisher"),
      (["slerp", "a"], 64, "exactly 2"),
      (["ties", "a", "b", "--base", "a", "--density", "2"], 64, "density=2"),
      (["ties", "a", "b", "--base", "a", "--density", "0.2", "--option", "density=0.3"], 64, "both"),
      (["ties", "a", "b", "--base", "a", "--weights", "1,2,3"], 64, "3 numbers for 2 models"),
      (["uniform", "a", "b", "--val", "folder:images/val"], 64, "no images"),
      (["uniform", "a", "b", "--classes", "x,y"], 64, "no images"),
      (["greedy", "a", "b", "--templates", "t.txt"], 64, "has no effect"),
      (["uniform", "a", "b", "--arch", "ViT-B-32"], 64, "own architecture"),
      (["uniform", "a", "nowhere"], 66, "nowhere"),
    ])
  func refused(arguments: [String], status: Int32, words: String) throws {
    let outcome = try program.run(arguments: ["merge"] + arguments + ["--out", "no"])
    #expect(outcome.status == status && outcome.errors.contains(words), "\(outcome.errors)")
    #expect(outcome.output.isEmpty && !FileManager.default.fileExists(atPath: program.folder.file("no").path))
  }

  @Test("What exists is never replaced")
  func existing() throws {
    #expect(try merge("uniform", "a", "b", "--out", "a").status == 73)
    #expect(try merge("uniform", "a", "b", "--out", "m.safetensors").status == 73)
    let (first, second) = (
      try merge("uniform", "a", "b", "--out", "m"), try merge("uniform", "a", "b", "--out", "m")
    )
    #expect(first.status == 0 && second.status == 73)
  }
}
