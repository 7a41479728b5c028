import Foundation
import Testing

/// Options of `finetune` that could not be obeyed are refused, and nothing is left behind.
@Suite("Options of training that would mean nothing")
struct UnusedTrainingOptionTests {
  private let program: Program
  private let model: String
  private let images: String

  init() throws {
    program = try Program()
    model = try program.model()
    images = try program.images("train", "val")
  }

  private func finetune(_ more: String...) throws -> Program.Outcome { try finetune(more, method: "linear") }

  private func finetune(_ more: [String], method: String, out: String = "r") throws -> Program.Outcome {
    try program.run(
      arguments: [
        "finetune", "--peft", method, "--model", model, "--dataset", "folder:\(images)", "--epochs", "1",
        "--out", out,
      ] + more)
  }

  private func expectRefused(
    _ outcome: Program.Outcome, _ option: String, location: SourceLocation = #_sourceLocation
  ) {
    #expect(outcome.status == 64, "\(outcome.errors)", sourceLocation: location)
    #expect(
      outcome.errors.contains("error: \(option): ") && outcome.errors.contains("has no effect here"),
      "\(outcome.errors)", sourceLocation: location)
    #expect(!FileManager.default.fileExists(atPath: program.folder.file("r").path), sourceLocation: location)
  }

  @Test("What acts within the tower, where features are computed once")
  func frozenTower() throws {
    try expectRefused(finetune("--drop-path", "0.5"), "--drop-path")
    try expectRefused(finetune("--recompute"), "--recompute")
    // A head that is made from text drops paths of the text tower.
    let text = ["--towers", "text", "--augment", "none", "--templates", "t.txt"]
    _ = try program.folder.write("a {}\n", to: "t.txt")
    try expectRefused(finetune(text + ["--recompute"], method: "bitfit"), "--recompute")
    #expect(try finetune(text + ["--drop-path", "0.5"], method: "bitfit", out: "text").status == 0)
    // With augmentation, each image passes through the tower in each epoch.
    #expect(try finetune("--drop-path", "0.5", "--augment", "crop=0.5-1").status == 0)
  }

  @Test("A share of the training images for validation, where there is a validation split")
  func validationShare() throws {
    try expectRefused(finetune("--val-fraction", "0.5"), "--val-fraction")
  }

  @Test("Leaving out the last batch, where it is the only one")
  func onlyBatch() throws {
    try expectRefused(finetune("--drop-last", "--batch-size", "1000"), "--drop-last")
    #expect(try finetune("--drop-last", "--batch-size", "12").status == 0)
  }

  @Test(
    "What is random in the text tower is drawn for each text, however many images a step has",
    arguments: ["lora", "bitfit"])
  func randomTexts(method: String) throws {
    _ = try program.folder.write("a {}\nthe {}\n", to: "t.txt")
    let options = ["--towers", "both", "--templates", "t.txt", "--drop-path", "0.5", "--batch-size", "5"]
    let outcome = try finetune(options, method: method)
    #expect(outcome.status == 0, "\(outcome.errors)")
  }
}
