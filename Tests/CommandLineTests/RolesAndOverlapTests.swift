import Foundation
import SampleFiles
import Testing

/// No image that a run was trained or selected on counts as a target or a shift unmarked, however it is named.
@Suite("Images that a run has seen")
struct RolesAndOverlapTests {
  private let program: Program
  private let model: String
  private let images: String

  init() throws {
    program = try Program()
    model = try program.model()
    images = try program.images("train", "val", "test", "else")
  }

  /// Trains a linear probe; the run's folder.
  private func train(_ dataset: String, _ more: String..., name: String = "run") throws -> String {
    let run = program.folder.file(name).path
    let outcome = try program.run(
      arguments: [
        "finetune", "--peft", "linear", "--model", model, "--dataset", dataset, "--epochs", "1", "--out", run,
      ] + more)
    #expect(outcome.status == 0, "\(outcome.errors)")
    return run
  }

  private func score(_ run: String, _ sets: String..., more: [String] = []) throws -> Program.Outcome {
    try program.run(arguments: ["eval-shift"] + sets + ["--run", run, "--json"] + more)
  }

  private func results(_ outcome: Program.Outcome) throws -> [[String: Any]] {
    #expect(outcome.status == 0, "\(outcome.errors)")
    return try #require(try outcome.json()["results"] as? [[String: Any]])
  }

  private func file(_ run: String, _ name: String) -> URL { URL(fileURLWithPath: run + "/" + name) }

  private func lines(_ run: String, _ list: String) throws -> [String] {
    try String(contentsOf: file(run, "images/\(list).tsv"), encoding: .utf8).split(separator: "\n").map(
      String.init)
  }

  // MARK: Lists

  @Test("A run keeps the exact lists of its images with their hashes")
  func lists() throws {
    let run = try train("folder:\(images)")
    for (list, count) in [("train", 12), ("validation", 12), ("test", 12)] {
      let lines = try lines(run, list)
      #expect(lines.first == "path\tclass\tsha256" && lines.count == count + 1)
      #expect(lines.dropFirst().allSatisfy { $0.split(separator: "\t").last?.count == 64 })
    }
    // Tampered lists are no lists of this run.
    let list = file(run, "images/validation.tsv")
    let text = try String(contentsOf: list, encoding: .utf8).replacing(
      "red/0.png\tred", with: "red/0.png\tblue")
    try Data(text.utf8).write(to: list)
    let outcome = try program.run("wise", "--run", run, "--alphas", "0,1")
    #expect(outcome.status == 65 && outcome.errors.contains("validation.tsv"))
  }

  @Test("Held-out images stay those of the run when the folder grows")
  func heldOut() throws {
    let run = try train("folder:\(images)/train", "--val-fraction", "0.25")
    let before = try program.run("wise", "--run", run, "--alphas", "0,0.5,1", "--json")
    let held = try Set(lines(run, "validation").dropFirst())
    for name in ["red", "green", "blue"] {
      try FileManager.default.copyItem(
        atPath: "\(images)/else/\(name)/0.png", toPath: "\(images)/train/\(name)/9.png")
    }
    let after = try program.run("wise", "--run", run, "--alphas", "0,0.5,1", "--json")
    #expect(before.status == 0 && before.output == after.output)
    #expect(try Set(lines(run, "validation").dropFirst()) == held)
    // A validation image that has changed or gone is named, not replaced.
    let first = try #require(held.sorted().first?.split(separator: "\t").first)
    try FileManager.default.removeItem(atPath: "\(images)/train/\(first)")
    let gone = try program.run("wise", "--run", run, "--alphas", "0,1")
    #expect(gone.status == 65 && gone.errors.contains(first))
  }

  @Test("A picture that a folder holds twice is not both trained on and held out")
  func copies() throws {
    for name in ["red", "green", "blue"] {
      for number in 0..<4 {
        try FileManager.default.copyItem(
          atPath: "\(images)/train/\(name)/\(number).png", toPath: "\(images)/train/\(name)/copy\(number).png"
        )
      }
    }
    let run = try train("folder:\(images)/train", "--val-fraction", "0.4")
    func hashes(_ list: String) throws -> Set<Substring> {
      Set(try lines(run, list).dropFirst().compactMap { $0.split(separator: "\t").last })
    }
    #expect(try hashes("train").isDisjoint(with: hashes("validation")))
  }

  // MARK: Overlap

  @Test("Scoring what was trained or held out is an error, and marked where it is allowed")
  func folders() throws {
    let run = try train("folder:\(images)/train", "--val-fraction", "0.25")
    for set in ["folder:\(images)/train", "shift=folder:\(images)/train", "target=folder:images/train"] {
      let outcome = try score(run, set)
      #expect(outcome.status == 65 && outcome.output.isEmpty, "\(set)")
      #expect(outcome.errors.contains("training images") && outcome.errors.contains("--allow-overlap"))
      let result = try #require(try results(score(run, set, more: ["--allow-overlap"])).first)
      let overlaps = try #require(result["overlaps"] as? [String: Int])
      #expect(overlaps == ["train": 9, "selection": 3, "test": 0], "\(set)")
    }
    // Copies under other names are the same images.
    let copy = program.folder.file("copy").path
    try FileManager.default.copyItem(atPath: images + "/train", toPath: copy)
    #expect(try score(run, "folder:\(copy)").status == 65)
    #expect(try score(run, "folder:\(images)/test").status == 0)
    for arguments in [["folder:\(copy)"], ["shift=folder:\(images)/train"]] {
      let wise = try program.run(
        arguments: ["wise", "--run", run, "--alphas", "0,1", "--datasets"] + arguments)
      #expect(wise.status == 65, "\(arguments)")
    }
    let marked = try program.run(
      "wise", "--run", run, "--alphas", "0,1", "--allow-overlap", "--json", "--datasets", "folder:\(copy)")
    let points = try #require(try marked.json()["points"] as? [[String: Any]])
    for point in points {
      let shift = try #require((point["shifts"] as? [[String: Any]])?.first)
      #expect((shift["overlaps"] as? [String: Int])?["train"] == 9)
    }
  }

  @Test(
    "Named validation images that are training images are refused, shared splits told, and scored never unmarked"
  )
  func finetune() throws {
    func finetune(_ more: String...) throws -> Program.Outcome {
      try program.run(
        arguments: [
          "finetune", "--peft", "linear", "--model", model, "--epochs", "1", "--out",
          program.folder.file("refused").path, "--json",
        ] + more)
    }
    let same = try finetune("--dataset", "folder:\(images)/train", "--val", "folder:\(images)/train")
    #expect(same.status == 65 && same.errors.contains("validation images are training images"))
    #expect(!FileManager.default.fileExists(atPath: program.folder.file("refused").path))
    try FileManager.default.copyItem(
      atPath: images + "/train/red/0.png", toPath: images + "/test/red/copied.png")
    let leaked = try finetune("--dataset", "folder:\(images)")
    #expect(leaked.status == 0 && leaked.errors.contains("1 of the 13 test images are training images"))
    #expect(leaked.errors.contains("red/copied.png"))
    // The command that is suggested next is one that works.
    let next = try program.run(
      "finetune", "--peft", "linear", "--model", model, "--epochs", "1", "--dataset", "folder:\(images)",
      "--out",
      program.folder.file("leaked").path)
    #expect(next.output.contains("--allow-overlap"), "\(next.output)")
    #expect(try program.run("wise", "leaked", "--alphas", "0,1").status == 65)
    #expect(try program.run("wise", "leaked", "--alphas", "0,1", "--allow-overlap").status == 0)
    #expect(try leaked.json()["val_overlaps"] == nil, "its validation images are its own")
    try FileManager.default.copyItem(
      atPath: images + "/train/red/1.png", toPath: images + "/val/red/copied.png")
    let marked = try program.run(
      "finetune", "--peft", "linear", "--model", model, "--epochs", "1", "--dataset", "folder:\(images)",
      "--out",
      program.folder.file("marked").path, "--json")
    #expect(try marked.json()["val_overlaps"] as? Int == 1)
    let wise = try program.run("wise", "--run", "refused", "--alphas", "0,1")
    #expect(wise.status == 65 && wise.errors.contains("1 of 13"))
  }

  @Test("Lists and shards are compared by what they hold")
  func listsAndShards() throws {
    var trained: [String] = []
    var tested: [String] = []
    var shard = TarWriter()
    for (label, name) in ["red", "green", "blue"].enumerated() {
      for number in 0..<4 {
        trained.append("images/train/\(name)/\(number).png \(name)")
        tested.append("images/test/\(name)/\(number).png \(name)")
        let image = try Data(contentsOf: URL(fileURLWithPath: "\(images)/train/\(name)/\(number).png"))
        shard.add("\(name)\(number).png", image)
        shard.add("\(name)\(number).cls", "\(label)")
      }
    }
    _ = try program.folder.write(trained.joined(separator: "\n"), to: "train.txt")
    _ = try program.folder.write(tested.joined(separator: "\n"), to: "test.txt")
    try shard.finished.write(to: program.folder.file("a.tar"))
    _ = try program.folder.write("red\ngreen\nblue\n", to: "classnames.txt")
    let run = try train("list:train.txt")
    for set in ["list:train.txt", "wds:a.tar", "folder:images/train"] {
      #expect(try score(run, set).status == 65, "\(set)")
    }
    // The list beside it that is named after another split is its target.
    let result = try #require(try results(score(run, "list:test.txt")).first)
    #expect(result["role"] as? String == "target" && result["overlaps"] == nil)

    let fromShard = try train("wds:a.tar", name: "from-shard")
    #expect(try score(fromShard, "folder:images/train").status == 65)
    #expect(try score(fromShard, "list:test.txt").status == 0)
  }

  @Test("Sets of manifests are compared, too")
  func manifests() throws {
    try FileManager.default.createDirectory(
      at: program.folder.file("manifests"), withIntermediateDirectories: true)
    for (name, path, role) in [("colours", "train", "target"), ("colours-x", "train", "shift")] {
      _ = try program.folder.write(
        """
        name: \(name)
        family: colours
        role: \(role)
        layout: folder
        splits: {train: {path: images/\(path)}, test: {path: images/\(role == "target" ? "test" : "train")}}
        classes: [red, green, blue]
        """, to: "manifests/\(name).yaml")
    }
    let run = try train("colours", "--data-root", ".")
    let test = try #require(try results(score(run, "colours")).first)
    #expect(test["role"] as? String == "target")
    #expect(try score(run, "colours:train").status == 65)
    #expect(try score(run, "colours-x").status == 65)
    let wise = try program.run("wise", "--run", run, "--alphas", "0,1")
    #expect(wise.status == 65 && wise.errors.contains("colours-x"), "\(wise.errors)")
  }

  // MARK: Roles

  @Test("Parts of the data that were trained on are the target, wherever they are named from")
  func roles() throws {
    let run = try train("folder:\(images)/train", "--val", "folder:\(images)/val")
    let link = program.folder.file("link").path
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: images)
    for (set, role) in [
      ("folder:\(images)/test", "target"), ("folder:images/test", "target"),
      ("folder:\(link)/test", "target"),
      ("folder:\(images)/else", "shift"), ("shift=folder:\(images)/test", "shift"),
      ("target=folder:\(images)/else", "target"),
    ] {
      #expect(try results(score(run, set)).first?["role"] as? String == role, "\(set)")
    }
    // The curve's target is the test split, and no test image moves the average of the shifts.
    let wise = try program.run(
      "wise", "--run", run, "--alphas", "0,1", "--json", "--datasets", "folder:images/test",
      "folder:images/else")
    let point = try #require((try wise.json()["points"] as? [[String: Any]])?.first)
    #expect((point["shifts"] as? [[String: Any]])?.count == 1)
    #expect((point["target"] as? [String: Any])?["n"] as? Int == 12)
    let two = try program.run(
      "wise", "--run", run, "--alphas", "0,1", "--datasets", "folder:images/test", "target=folder:images/else"
    )
    #expect(two.status == 64 && two.errors.contains("target"))
  }

  @Test("The run's own test images are marked where they are scored among others, or as a shift")
  func ownTestImages() throws {
    let run = try train("folder:\(images)")
    let mixed = program.folder.file("mixed").path
    try FileManager.default.copyItem(atPath: images + "/else", toPath: mixed)
    let classes = try FileManager.default.contentsOfDirectory(atPath: images + "/test")
    for name in classes {
      try FileManager.default.copyItem(
        atPath: "\(images)/test/\(name)/0.png", toPath: "\(mixed)/\(name)/own.png")
    }
    for (set, own) in [("folder:\(mixed)", classes.count), ("shift=folder:\(images)/test", 12)] {
      let overlaps = try #require(try results(score(run, set)).first?["overlaps"] as? [String: Int])
      #expect(overlaps == ["train": 0, "selection": 0, "test": own], "\(set)")
      let table = try program.run("eval-shift", set, "--run", run)
      #expect(
        table.output.contains(
          ": \(own) images are test images of the run's own data"), "\(table.output)")
    }
  }

  @Test("Without test images, the target is marked as what alpha is selected on, down to the report")
  func selectionSet() throws {
    let run = try train("folder:\(images)/train", "--val-fraction", "0.25")
    let wise = try program.run(
      "wise", "--run", run, "--alphas", "0,0.5,1", "--json", "--datasets", "folder:images/else")
    #expect(wise.status == 0 && wise.errors.contains("validation images"), "\(wise.errors)")
    for point in try #require(try wise.json()["points"] as? [[String: Any]]) {
      let target = try #require(point["target"] as? [String: Any])
      #expect(target["is_selection_set"] as? Bool == true)
      #expect((point["shifts"] as? [[String: Any]])?.first?["is_selection_set"] == nil)
    }
    let report = try program.run("report", run, "--out", "page")
    #expect(report.status == 0, "\(report.errors)")
    let page = try String(contentsOf: program.folder.file("page/report.html"), encoding: .utf8)
    #expect(page.contains("on which alpha is selected") && page.contains("Before you read"))
    #expect(!page.contains("without looking at any test image"))
    let csv = try String(contentsOf: program.folder.file("page/results.csv"), encoding: .utf8)
    #expect(csv.hasPrefix("run,method,options,seed,dataset,role,alpha,rule,metric,value,ci_low,ci_high,n,"))
    #expect(csv.contains("the validation images, on which alpha is selected"))
  }

  @Test("What cannot be decoded or is of another kind is counted in every score, down to the report")
  func leftOut() throws {
    try Data("words".utf8).write(to: URL(fileURLWithPath: images + "/train/red/notes.txt"))
    let run = try train("folder:\(images)")
    let record = try JSONSerialization.jsonObject(with: Data(contentsOf: file(run, "run.json")))
    let data = try #require((record as? [String: Any])?["data"] as? [String: Any])
    #expect(data["left_out"] as? [String: Int] == ["txt": 1, "else/": 12])
    try Data("no image".utf8).write(to: URL(fileURLWithPath: images + "/else/red/broken.png"))
    try Data("words".utf8).write(to: URL(fileURLWithPath: images + "/else/red/notes.txt"))
    let strict = try program.run("wise", "--run", run, "--alphas", "0,1", "--datasets", "folder:images/else")
    #expect(strict.status == 65 && strict.errors.contains("broken.png"))
    let wise = try program.run(
      "wise", "--run", run, "--alphas", "0,0.5,1", "--bad-images", "skip", "--json", "--datasets",
      "folder:images/else")
    #expect(wise.status == 0, "\(wise.errors)")
    let point = try #require((try wise.json()["points"] as? [[String: Any]])?.first)
    let shift = try #require((point["shifts"] as? [[String: Any]])?.first)
    #expect(shift["left_out"] as? [String: Int] == ["txt": 1, "undecodable images": 1])
    // The report knows the images, wherever they lie now, and calls them as the curve does.
    try FileManager.default.moveItem(atPath: images + "/else", toPath: program.folder.file("moved").path)
    let report = try program.run(
      "report", run, "--out", "page", "--bad-images", "skip", "--datasets", "shift=folder:moved")
    #expect(report.status == 0, "\(report.errors)")
    let page = try String(contentsOf: program.folder.file("page/report.html"), encoding: .utf8)
    #expect(page.contains("1 .txt, 1 undecodable images") && page.contains("curve leads"))
    let fewer = try program.run("report", run, "--out", "page", "--datasets", "target=folder:images/test")
    #expect(fewer.status == 65 && fewer.errors.contains("traced on images, else"), "\(fewer.errors)")
  }

  @Test("An image that a list names again is scored as often, and the score says so")
  func repeated() throws {
    let line = "images/else/red/0.png red\n"
    _ = try program.folder.write(line + line + "images/else/blue/1.png blue\n", to: "again.txt")
    let run = try train("folder:\(images)")
    let result = try #require(try results(score(run, "list:again.txt")).first)
    #expect(result["n"] as? Int == 3 && result["repeated"] as? Int == 1)
    let text = try program.run("eval-shift", "list:again.txt", "--run", run)
    #expect(text.output.contains("1 image repeats another"))
  }

  @Test("Class names for data of a manifest are refused, not ignored")
  func classNames() throws {
    let scored = try program.run("eval-shift", "shapes-r", "--model", model, "--classes", "a,b")
    #expect(scored.status == 64 && scored.errors.contains("--classes"))
    let trained = try program.run(
      "finetune", "--peft", "linear", "--model", model, "--dataset", "shapes", "--classes", "a,b")
    #expect(trained.status == 64 && trained.errors.contains("--classes"))
  }

  @Test(
    "An exported model knows what it has seen, and so does what is trained from it",
    arguments: ["out", "out.safetensors"])
  func exported(name: String) throws {
    let run = try train("folder:\(images)/train", "--val", "folder:\(images)/val")
    let out = program.folder.file(name).path
    let export = try program.run("export", run, "--out", out)
    #expect(export.status == 0, "\(export.errors)")
    func expectLists(in folder: String) throws {
      for list in ["train", "validation"] {
        let kept = try String(contentsOf: program.folder.file("\(folder)/\(list).tsv"), encoding: .utf8)
        #expect(try kept == String(contentsOf: file(run, "images/\(list).tsv"), encoding: .utf8))
      }
    }
    // A file of weights alone tells neither its architecture nor its vocabulary.
    guard name == "out" else { return try expectLists(in: "out-images") }
    #expect(try program.run("convert", out, "other.pt", "--to", "open_clip").status == 0)
    try expectLists(in: "other-images")
    func score(_ set: String, _ more: String...) throws -> Program.Outcome {
      try program.run(
        arguments: ["eval-shift", "folder:\(images)/\(set)", "--model", out, "--json"] + more)
    }
    for set in ["train", "val"] { #expect(try score(set).status == 65) }
    let weights = try program.run(
      "eval-shift", "folder:\(images)/train", "--model", out + "/model.safetensors")
    #expect(weights.status == 65 && weights.errors.contains("all 12 images are training images"))
    let marked = try #require(
      try results(score("train", "--allow-overlap")).first?["overlaps"] as? [String: Int])
    #expect(marked["train"] == 12)
    #expect(try results(score("test")).first?["overlaps"] == nil)
    // A run that begins from it has seen these images as well.
    let next = program.folder.file("next").path
    let outcome = try program.run(
      "finetune", "--peft", "linear", "--model", out, "--dataset", "folder:\(images)/else", "--epochs", "1",
      "--out", next)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try lines(next, "earlier-train").count == 13)
    let plain = try program.run("eval-shift", "folder:\(images)/val", "--model", model, "--allow-overlap")
    #expect(plain.status == 64 && plain.errors.contains("--allow-overlap has no effect here"))
    let again = try program.run("eval-shift", "folder:\(images)/val", "--run", next)
    #expect(again.status == 65 && again.errors.contains("12 are its validation images"))
  }

  @Test("What a score was computed with and from is in it")
  func provenance() throws {
    let run = try train("folder:\(images)")
    let result = try #require(try results(score(run, "folder:\(images)")).first)
    #expect(["fp32", "bf16"].contains(result["precision"] as? String))
    #expect(result["engine"] is String && result["version"] is String)
    #expect((result["images_sha256"] as? String)?.count == 64)
    // The run's precision is that of its scores, unless another is asked for.
    let record = try JSONSerialization.jsonObject(with: Data(contentsOf: file(run, "run.json")))
    let machine = (record as? [String: Any])?["machine"] as? [String: Any]
    #expect(machine?["precision"] as? String == result["precision"] as? String)
    let other = try score(run, "folder:\(images)", more: ["--precision", "bf16"])
    #expect(try results(other).first?["precision"] as? String == "bf16")
  }
}
