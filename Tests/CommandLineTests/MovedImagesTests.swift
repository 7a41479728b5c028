import Foundation
import Testing

/// What stands for a run's images is what the run recorded, wherever it lies now.
@Suite("Images of a run that were moved, changed or removed")
struct MovedImagesTests {
  private let program: Program
  private let model: String
  private let images: String

  init() throws {
    program = try Program()
    model = try program.model()
    images = try program.images("train", "val", "test")
  }

  private func train(_ dataset: String, name: String = "run") throws -> Program.Outcome {
    try program.run(
      "finetune", "--peft", "linear", "--model", model, "--dataset", dataset, "--epochs", "1", "--out", name)
  }

  private func wise(_ more: String...) throws -> Program.Outcome {
    try program.run(arguments: ["wise", "--run", "run", "--alphas", "0,1", "--json"] + more)
  }

  private func move(_ path: String, to other: String) throws {
    try FileManager.default.moveItem(atPath: path, toPath: other)
  }

  @Test("Test images that were there and are gone are asked for, not replaced by validation images")
  func testIsGone() throws {
    #expect(try train("folder:\(images)").status == 0)
    try move("\(images)/test", to: program.folder.file("away").path)
    let gone = try wise()
    #expect(
      gone.status == 66 && gone.errors.contains("images/test.tsv") && gone.output.isEmpty, "\(gone.errors)")
    #expect(gone.errors.contains(images))
    let named = try wise("--datasets", "target=folder:away")
    #expect(named.status == 0, "\(named.errors)")
  }

  @Test("A run's own test images are its target under any name; with others among them, they are a shift")
  func ownTestElsewhere() throws {
    #expect(try train("folder:\(images)").status == 0)
    try move("\(images)/test", to: program.folder.file("renamed").path)
    func role() throws -> String? {
      let outcome = try program.run("eval-shift", "folder:renamed", "--run", "run", "--json")
      return (try outcome.json()["results"] as? [[String: Any]])?.first?["role"] as? String
    }
    #expect(try role() == "target")
    let point = try #require(
      (try wise("--datasets", "folder:renamed").json()["points"] as? [[String: Any]])?.first)
    #expect(
      (point["target"] as? [String: Any])?["n"] as? Int == 12 && (point["shifts"] as? [Any])?.isEmpty == true)
    let asked = try program.run("eval-shift", "shift=folder:renamed", "--run", "run", "--json")
    #expect((try asked.json()["results"] as? [[String: Any]])?.first?["role"] as? String == "shift")
    _ = try program.images("x0", "x1", "x2", "fresh")
    try move("\(images)/fresh/red/0.png", to: program.folder.file("renamed/red/fresh.png").path)
    #expect(try role() == "shift")
  }

  @Test("Training data that moved must have the classes and the content that they had")
  func trainingData() throws {
    #expect(try train("folder:\(images)").status == 0)
    let far = program.folder.file("far").path
    try move(images, to: far)
    #expect(try wise("--training-data", "folder:\(far)").status == 0)
    try move("\(far)/train/red/0.png", to: "\(far)/train/blue/zz.png")
    let moved = try wise("--training-data", "folder:\(far)")
    #expect(moved.status == 65 && moved.errors.contains("red/0.png"), "\(moved.errors)")
    try move("\(far)/train/blue/zz.png", to: "\(far)/train/red/0.png")
    let first = try Data(contentsOf: URL(fileURLWithPath: "\(far)/train/red/1.png"))
    try first.write(to: URL(fileURLWithPath: "\(far)/train/red/0.png"))
    let scored = try program.run(
      "eval-shift", "folder:\(far)/test", "--run", "run", "--training-data", "folder:\(far)")
    #expect(scored.status == 65 && scored.errors.contains("red/0.png"), "\(scored.errors)")
  }

  @Test("A list file's lines may begin with ~")
  func home() throws {
    let lines = ["red", "green", "blue"].map { "~/images/test/\($0)/0.png \($0)\n" }.joined()
    _ = try program.folder.write(lines, to: "l.txt")
    let outcome = try program.run("eval-shift", "list:l.txt", "--model", model, "--json")
    #expect(
      (try outcome.json()["results"] as? [[String: Any]])?.first?["n"] as? Int == 3, "\(outcome.errors)")
  }

  @Test("A class without validation images is named, and recorded")
  func unvalidated() throws {
    try FileManager.default.removeItem(atPath: "\(images)/val")
    for number in 1..<4 { try FileManager.default.removeItem(atPath: "\(images)/train/red/\(number).png") }
    let outcome = try train("folder:\(images)")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("1 of 3 classes has no validation image (red)"), "\(outcome.errors)")
    let record = try JSONSerialization.jsonObject(with: Data(contentsOf: program.folder.file("run/run.json")))
    let data = (record as? [String: Any])?["data"] as? [String: Any]
    #expect(data?["classes_without_validation"] as? [String] == ["red"])
  }
}
