import Foundation
import Testing

/// What is not as it should be is said in words that are true, with what to do next.
@Suite("Advice")
struct AdviceTests {
  private let program: Program
  private let model: String
  private let images: String

  init() throws {
    program = try Program()
    model = try program.model()
    images = try program.images("train", "val", "test", "else")
  }

  private func train(_ name: String, _ more: String...) throws {
    let outcome = try program.run(
      arguments: [
        "finetune", "--peft", "linear", "--model", model, "--dataset", "folder:images", "--epochs", "1",
        "--out",
        name,
      ] + more)
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  private func expect(
    _ line: String, _ status: Int32, says words: String..., location: SourceLocation = #_sourceLocation
  ) throws {
    let outcome = try program.shell(line)
    #expect(outcome.status == status, "\(line): \(outcome.errors)", sourceLocation: location)
    for word in words {
      #expect(outcome.errors.contains(word), "\(line): \(outcome.errors)", sourceLocation: location)
    }
  }

  // MARK: Models

  @Test(
    "That a trained head lies beside the weights is said where it is not used, and where a model is inspected"
  )
  func exportedHead() throws {
    try train("runs/one")
    for out in ["exported", "exported.safetensors"] {
      let outcome = try program.run("export", "runs/one", "--alpha", "0.5", "--out", out)
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
    let scored = try program.run("eval-shift", "folder:images/else", "--model", "exported")
    #expect(scored.status == 0 && scored.output.contains("model exported, zero-shot"), "\(scored.output)")
    #expect(
      scored.errors.contains("a head of 3 classes, trained by linear, at alpha 0.5, is not used")
        && scored.errors.contains("--run and --alpha 0.5"), "\(scored.errors)")
    let json = try program.run("eval-shift", "folder:images/else", "--model", "exported", "--json").json()
    #expect((json["unused_head"] as? String)?.hasSuffix("exported/classification_head.safetensors") == true)
    #expect(json["is_zero_shot"] as? Bool == true && json["alpha"] as? Double == 0)
    // With that head it is what the run is at that alpha.
    #expect(scored.errors.contains("--head trained"), "\(scored.errors)")
    let own = try program.run(
      "eval-shift", "folder:images/else", "--model", "exported", "--head", "trained", "--json"
    ).json()
    let run = try program.run(
      "eval-shift", "folder:images/else", "--run", "runs/one", "--alpha", "0.5", "--json"
    ).json()
    let found = try [own, run].map { try #require(($0["results"] as? [[String: Any]])?.first) }
    #expect(found[0]["correct"] as? Int == found[1]["correct"] as? Int)
    #expect(own["head"] as? String == "trained" && own["is_zero_shot"] as? Bool == false)
    let none = try program.run("eval-shift", "folder:images/else", "--model", model, "--head", "trained")
    #expect(none.status == 64 && none.errors.contains("lies none"), "\(none.errors)")
    for path in ["exported", "exported.safetensors", "exported/model.safetensors"] {
      let inspected = try program.run("inspect", path)
      #expect(inspected.output.contains("a head of 3 classes, trained by linear, at alpha 0.5"), "\(path)")
      let head = try program.run("inspect", path, "--json").json()["head"] as? [String: Any]
      #expect(head?["run"] as? String == "one" && head?["alpha"] as? Double == 0.5, "\(path)")
    }
    let next = try program.run(
      "finetune", "--peft", "linear", "--model", "exported", "--dataset", "folder:images/else", "--epochs",
      "1",
      "--out", "runs/next")
    #expect(
      next.status == 0 && next.errors.contains("training begins from a head made from class names"),
      "\(next.errors)")
    let plain = try program.run("eval-shift", "folder:images/else", "--model", model)
    #expect(plain.status == 0 && !plain.errors.contains("is not used"), "\(plain.errors)")
  }

  @Test(
    "--model beside a run is for a model that moved, of export, too; another model is refused with what to do"
  )
  func movedModel() throws {
    try train("runs/one")
    let moved = program.folder.file("moved")
    try FileManager.default.moveItem(atPath: model, toPath: moved.path)
    try expect("clipft export runs/one --out a", 66, says: "say where the model is now with --model")
    try expect("clipft export runs/one --model moved --out a", 0)
    try expect("clipft eval-shift folder:images/else --run runs/one --model moved", 0)
    try expect(
      "clipft eval-shift folder:images/else --run runs/one --model nowhere/else", 66, says: "nowhere/else")
    // The export at alpha 1 has other weights.
    try expect(
      "clipft eval-shift folder:images/else --run runs/one --model a", 65, says: "SHA-256",
      "to score another model, leave the run away")
  }

  @Test("A configuration is no damaged file, and why a file is no CLIP is said")
  func notWeights() throws {
    try expect(
      "clipft inspect \(model)/config.json", 65, says: "JSON without tensors", "give the model's folder")
    let inspected = try program.run(
      "zeroshot", "--model", model, "--classes", "a,b", "--out", "h.safetensors")
    #expect(inspected.status == 0)
    let json = try program.run("inspect", "h.safetensors", "--json").json()
    let problem = try #require(json["clip_problem"] as? String)
    #expect(problem.contains("naming scheme") && json["architecture"] == nil, "\(problem)")
    #expect(try program.run("inspect", "h.safetensors").output.contains("as a CLIP     not read: \(problem)"))
    let clip = try program.run("inspect", model + "/model.safetensors", "--json").json()
    #expect(clip["clip_problem"] == nil && clip["architecture"] is [String: Any])
  }

  @Test("A run that is not there is called that, whatever is asked of it")
  func noRun() throws {
    try expect("clipft inspect runs/none", 66, says: "There is no model, run or file of tensors at runs/none")
    try expect(
      "clipft finetune --resume runs/none", 66, says: "runs/none is no run: there is no such folder",
      "clipft finetune")
    try expect("clipft finetune --resume images", 66, says: "images is no run: it has no run.json")
    try expect("clipft report runs/none --out page", 66, says: "runs/none is no run")
  }

  // MARK: Data

  @Test("Data that are not there are missed before a head is built")
  func missingData() throws {
    for sets in ["folder:images/else folder:nowhere", "folder:nowhere", "list:nowhere.txt", "imagenet-r"] {
      let outcome = try program.shell("clipft eval-shift \(sets) --model \(model)")
      #expect(
        outcome.status == 66 && !outcome.errors.contains("zero-shot head"), "\(sets): \(outcome.errors)")
    }
    // With the embedded world's model, not even that is trained.
    let world = try program.shell("clipft eval-shift folder:nowhere")
    #expect(world.status == 66 && !world.errors.contains("training"), "\(world.errors)")
  }

  @Test("A folder without the split that is wanted says what to name instead")
  func onlyValidation() throws {
    try FileManager.default.createDirectory(
      at: program.folder.file("half"), withIntermediateDirectories: true)
    try FileManager.default.moveItem(
      at: program.folder.file("images/val"), to: program.folder.file("half/val"))
    try expect(
      "clipft eval-shift folder:half --model \(model)", 65, says: "it has no test folder, only val",
      "folder:half/val", "test/CLASS")
  }

  @Test("A set of one class is said to be no result")
  func oneClass() throws {
    let manager = FileManager.default
    for split in ["train", "val"] {
      try manager.createDirectory(at: program.folder.file("one/\(split)"), withIntermediateDirectories: true)
      try manager.copyItem(
        at: program.folder.file("images/\(split)/red"), to: program.folder.file("one/\(split)/red"))
    }
    let zeroShot = try program.run("eval-shift", "folder:one/val", "--model", model)
    #expect(zeroShot.status == 0, "\(zeroShot.errors)")
    #expect(zeroShot.output.contains("* one/val: only one class competes"), "\(zeroShot.output)")
    #expect(!zeroShot.output.contains("-0.000"))
    let trained = try program.run(
      "finetune", "--peft", "linear", "--model", model, "--dataset", "folder:one", "--epochs", "1", "--out",
      "alone")
    #expect(trained.status == 0 && trained.errors.contains("has one class, red"), "\(trained.errors)")
    try train("runs/one")
    try manager.removeItem(at: program.folder.file("one/train"))
    try manager.moveItem(at: program.folder.file("one/val/red"), to: program.folder.file("one/red"))
    try manager.removeItem(at: program.folder.file("one/val"))
    let full = try program.run(
      "eval-shift", "folder:one", "--run", "runs/one", "--protocol", "full", "--allow-overlap", "--json")
    let result = try #require((try full.json()["results"] as? [[String: Any]])?.first)
    #expect(result["is_one_class"] as? Bool == true && result["classes"] as? Int == 3)
  }

  // MARK: Options

  @Test("--augment lists all that is valid")
  func augmentation() throws {
    try expect(
      "clipft finetune --peft full --augment bogus=1", 64, says: "'bogus=1'", "crop=", "ratio=", "flip",
      "rand=",
      "erase=")
    try expect("clipft finetune --peft full --augment flipp", 64, says: "'flipp'", "did you mean flip")
    try expect("clipft finetune --peft full --augment flip=1", 64, says: "'flip=1'; write it as in flip")
    try expect("clipft finetune --peft full --augment crop=1-0.5", 64, says: "'crop=1-0.5'", "crop=0.08-1")
    try expect("clipft finetune --peft full --augment rand-m99", 64, says: "magnitude of 0 to 10")
    try expect("clipft finetune --peft full --augment flip,flip", 64, says: "flip twice")
  }

  // MARK: Reports

  @Test(
    "Of curves at different alphas, the report takes those that all runs have, and says so; else how to trace again"
  )
  func curves() throws {
    try train("runs/one")
    try train("runs/two", "--seed", "5", "--lr", "0.01")
    func trace(_ run: String, _ alphas: String) throws {
      let outcome = try program.run("wise", run, "--alphas", alphas, "--datasets", "folder:images/else")
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
    try trace("runs/one", "0,0.5,1")
    try trace("runs/two", "0,1")
    try expect(
      "clipft report runs/one runs/two --out page", 65, says: "traced at different alphas",
      "clipft wise runs/two --alphas 0.0,0.5,1.0 --datasets folder:")
    try trace("runs/one", "0,1")
    try trace("runs/one", "0,0.5,1")
    try expect(
      "clipft report runs/one runs/two --out page", 0,
      says: "runs/one: the curve at alphas 0.0,1.0 is taken")
    let table = try String(contentsOf: program.folder.file("page/results.csv"), encoding: .utf8)
    let averages = table.split(separator: "\n").filter { $0.contains(",average_shift,shift,") }
    // Two alphas of two runs, each with its interval.
    #expect(
      averages.count == 4 && averages.allSatisfy { $0.contains(/,top1,[^,]+,[^,]+,[^,]+,/) },
      "\(averages)")
    let json =
      try JSONSerialization.jsonObject(
        with: Data(contentsOf: program.folder.file("page/report.json"))) as? [String: Any]
    let average = (json?["zero_shot"] as? [String: Any])?["average_shift"] as? [String: Any]
    #expect(average?["top1"] is Double && (average?["top1_ci95"] as? [Double])?.count == 2)
  }
}
