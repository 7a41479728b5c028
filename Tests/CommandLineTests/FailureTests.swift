import Foundation
import Testing

/// An error is one sentence on standard error and the exit code of its kind; nothing is left behind.
@Suite("Commands fail kindly")
struct FailureTests {
  private let program: Program

  init() throws { program = try Program() }

  private func expectFailure(
    _ outcome: Program.Outcome, _ status: Int32, naming words: String...,
    location: SourceLocation = #_sourceLocation
  ) {
    #expect(outcome.status == status, "\(outcome.errors)", sourceLocation: location)
    #expect(outcome.output.isEmpty, sourceLocation: location)
    for word in words {
      #expect(outcome.errors.contains(word), "\(outcome.errors)", sourceLocation: location)
    }
    #expect(!outcome.errors.contains("Fatal"), sourceLocation: location)
  }

  @Test("Usage errors exit with 64")
  func usage() throws {
    expectFailure(try program.run("finetune", "--peft", "lore", "--json"), 64, naming: "lore", "lora")
    expectFailure(try program.run("wise", "--alphas", "0:2:0.1"), 64, naming: "alpha")
    expectFailure(try program.run("bench", "encode", "--batch", "0"), 64, naming: "--batch")
    expectFailure(try program.run("nonsense"), 64)
    expectFailure(try program.run("embed", "--precision", "fp8"), 64, naming: "fp8")
  }

  @Test("Inputs that are not there exit with 66 and are named")
  func missing() throws {
    let images = try program.images("test")
    expectFailure(
      try program.run("embed", "--model", "nowhere", "--images", images, "--out", "e.safetensors"), 66,
      naming: "nowhere")
    let model = try program.model()
    expectFailure(
      try program.run("eval-shift", "folder:nowhere", "--model", model), 66, naming: "nowhere")
    expectFailure(try program.run("wise", "--run", "runs/none"), 66, naming: "runs/none")
  }

  @Test("What a specification names and is not there is said with the file and line that name it")
  func missingInSpecification() throws {
    let model = try program.model()
    let images = try program.images("train", "val")
    func outcome(_ data: String, _ model: String) throws -> Program.Outcome {
      try program.folder.write(
        "method: {name: linear}\ndata: {dataset: \"folder:\(data)\"}\nmodel: \(model)\n", to: "spec.yaml")
      return try program.run("finetune", "--spec", "spec.yaml")
    }
    expectFailure(try outcome("nowhere", model), 66, naming: "spec.yaml, line 2: ", "nowhere")
    expectFailure(try outcome(images, "nowhere"), 66, naming: "spec.yaml, line 3: ", "nowhere")
  }

  @Test("Damaged files exit with 65 and are named")
  func damaged() throws {
    let model = try program.model()
    let weights = URL(fileURLWithPath: model).appendingPathComponent("model.safetensors")
    let whole = try Data(contentsOf: weights)
    try whole.prefix(whole.count / 2).write(to: weights)
    expectFailure(
      try program.run("zeroshot", "--model", model, "--classes", "a,b", "--out", "h.safetensors"), 65,
      naming: "model.safetensors")
    #expect(!FileManager.default.fileExists(atPath: program.folder.file("h.safetensors").path))
  }

  @Test("A damaged image stops an evaluation with 65 and its name")
  func damagedImage() throws {
    let images = try program.images("test")
    try Data("not an image".utf8).write(to: URL(fileURLWithPath: images + "/test/red/2.png"))
    expectFailure(
      try program.run("eval-shift", "folder:\(images)/test", "--model", try program.model()), 65,
      naming: "red/2.png")
  }

  @Test("An output that cannot be created exits with 73")
  func outputs() throws {
    let file = try program.folder.write("a file", to: "file")
    expectFailure(
      try program.run(
        "zeroshot", "--model", try program.model(), "--classes", "a,b", "--out",
        file.path + "/head.safetensors"),
      73)
  }

  @Test("A fine-tuning that fails leaves nothing in the way of the next")
  func failedRun() throws {
    let (model, images) = (try program.model(), try program.images("train", "val"))
    let broken = URL(fileURLWithPath: images + "/train/red/2.png")
    let whole = try Data(contentsOf: broken)
    func finetune(_ more: String...) throws -> Program.Outcome {
      try program.run(
        arguments: [
          "finetune", "--peft", "bitfit", "--model", model, "--dataset", "folder:\(images)", "--out", "r",
        ]
          + more)
    }
    for (option, value) in [
      ("--epochs", "0"), ("--lr", "nan"), ("--batch-size", "0"), ("--micro-batch", "0"),
    ] {
      expectFailure(try finetune(option, value), 64, naming: option)
    }
    try Data("no image".utf8).write(to: broken)
    expectFailure(try finetune("--epochs", "1"), 65, naming: "red/2.png")
    #expect(!FileManager.default.fileExists(atPath: program.folder.file("r").path))
    try whole.write(to: broken)
    #expect(try finetune("--epochs", "1").status == 0)
  }

  @Test("Ctrl-C while computing saves the run and exits with 130, every time")
  func interruption() throws {
    let (model, images) = (try program.model(), try program.images("train", "val", each: 40))
    for delay in [0.0, 0.05, 0.2] {
      let name = "stopped-\(delay)"
      let outcome = try program.run(
        arguments: [
          "finetune", "--peft", "full", "--model", model, "--dataset", "folder:\(images)", "--epochs", "5000",
          "--out", name,
        ], interruptAfter: (program.folder.file(name + "/run.json"), delay))
      #expect(outcome.status == 130, "\(outcome.errors)")
      #expect(outcome.errors.contains("--resume"))
    }
  }

  @Test("--help teaches with examples, --version answers")
  func help() throws {
    for command in ["finetune", "wise", "eval-shift", "embed", "bench"] {
      let outcome = try program.run(command, "--help")
      #expect(outcome.status == 0 && outcome.output.contains("clipft \(command)"))
    }
    #expect(try program.run("--version").status == 0)
  }

  @Test("A setting of clipft.yaml that cannot be used is named")
  func settings() throws {
    try program.folder.write("seed: many\n", to: "clipft.yaml")
    expectFailure(try program.run("datasets", "list"), 65, naming: "clipft.yaml", "seed")
    try program.folder.write("sead: 1\n", to: "clipft.yaml")
    expectFailure(try program.run("datasets", "list"), 65, naming: "clipft.yaml", "sead", "seed")
  }
}
