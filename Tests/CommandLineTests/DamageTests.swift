import Foundation
import SampleFiles
import Testing

/// What was changed or damaged since it was made gives no number.
@Suite("Changed records and damaged weights on the command line")
struct DamageTests {
  private let program: Program
  private let model: String
  private let images: String

  init() throws {
    program = try Program()
    model = try program.model()
    images = try program.images("train", "val", "test")
  }

  private func train(_ name: String) throws -> String {
    let run = program.folder.file(name).path
    let outcome = try program.run(
      "finetune", "--peft", "lora", "--model", model, "--dataset", "folder:\(images)", "--recipe", "world",
      "--epochs", "1", "--out", run)
    #expect(outcome.status == 0, "\(outcome.errors)")
    return run
  }

  @Test(
    "A record that says otherwise than the weights how they were trained is refused, naming what differs",
    arguments: [
      ("\"scale\" : 1", "\"scale\" : 99", "the option scale (1, not 99)"),
      ("\"shared\" : true", "\"shared\" : false", "the option shared"),
      ("\"name\" : \"blue\"", "\"name\" : \"navy\"", "the classes or prompts"),
      ("0.48145", "0.58145", "the preprocessing of images"),
      ("\"clip_norm\" : 1,", "\"clip_norm\" : 2,", "the settings of training"),
    ])
  func editedRecord(before: String, after: String, words: String) throws {
    let run = try train("run")
    let file = URL(fileURLWithPath: run + "/run.json")
    let text = try String(contentsOf: file, encoding: .utf8)
    let range = try #require(text.range(of: before), "\(text)")
    try Data(text.replacingCharacters(in: range, with: after).utf8).write(to: file)
    for command in [["wise", "--alphas", "0,1"], ["export", "--out", "o"]] {
      let outcome = try program.run(arguments: command + ["--run", run])
      #expect(outcome.status == 65 && outcome.errors.contains(words), "\(outcome.errors)")
    }
  }

  @Test("Weights with a value that is no finite number are refused by every command, by name")
  func notANumber() throws {
    // The last bytes of the file are an f32 weight.
    let file = URL(fileURLWithPath: model + "/model.safetensors")
    var data = try Data(contentsOf: file)
    data.replaceSubrange(data.count - 4..<data.count, with: [0, 0, 0xC0, 0x7F])
    try data.write(to: file)
    for command in [
      ["embed", "--images", images, "--out", "e.safetensors"],
      ["eval-shift", "folder:\(images)/test"],
      ["finetune", "--peft", "linear", "--dataset", "folder:\(images)"],
      ["zeroshot", "--classes", "a,b", "--out", "h.safetensors"],
    ] {
      let outcome = try program.run(arguments: command + ["--model", model])
      #expect(outcome.status == 65 && outcome.errors.contains("no finite numbers"), "\(outcome.errors)")
      #expect(outcome.errors.contains(file.path))
    }
  }

  @Test("A run's data that have moved are asked for by the option that says where they are")
  func movedData() throws {
    let run = try train("run")
    // What is exported is compared on images of the run, while they are there.
    let export = try program.run("export", run, "--out", "before")
    #expect(export.status == 0 && !export.errors.contains("noise"), "\(export.errors)")
    try FileManager.default.moveItem(atPath: images, toPath: images + "-elsewhere")
    let later = try program.run("export", run, "--out", "after")
    #expect(later.status == 0 && later.errors.contains("images of noise"), "\(later.errors)")
    let outcome = try program.run("wise", run, "--alphas", "0,1")
    #expect(outcome.status == 66 && outcome.errors.contains("--training-data"), "\(outcome.errors)")
    let told = try program.run(
      "wise", run, "--alphas", "0,1", "--training-data", "folder:\(images)-elsewhere")
    #expect(told.status == 0, "\(told.errors)")
  }

  @Test("The images that a CLIP was pre-trained on go with it, and are not scored as new ones")
  func pretrained() throws {
    let out = program.folder.file("pretrained").path
    let trained = try program.run(
      "pretrain", "--dataset", "folder:\(images)", "--steps", "2", "--batch-size", "4", "--out", out)
    #expect(trained.status == 0, "\(trained.errors)")
    let seen = try program.run("eval-shift", "folder:\(images)/train", "--model", out)
    #expect(seen.status == 65 && seen.errors.contains("training images"), "\(seen.errors)")
    #expect(try program.run("eval-shift", "folder:\(images)/test", "--model", out).status == 0)
  }

  @Test("A run that diverged is kept and marked, with why, and is none to score")
  func diverged() throws {
    let run = program.folder.file("diverged").path
    let outcome = try program.run(
      "finetune", "--peft", "full", "--model", model, "--dataset", "folder:\(images)", "--recipe", "world",
      "--lr",
      "1e20", "--clip-norm", "none", "--warmup-steps", "0", "--batch-size", "4", "--epochs", "50", "--out",
      run)
    #expect(outcome.status == 65 && outcome.errors.contains("diverged at step"), "\(outcome.errors)")
    let data = try Data(contentsOf: URL(fileURLWithPath: run + "/run.json"))
    let record = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(record["status"] as? String == "failed" && record["result"] == nil)
    #expect((record["failure"] as? String)?.contains("lower the learning rate") == true)
    let scored = try program.run("wise", run, "--alphas", "0,1")
    #expect(scored.status == 65 && scored.errors.contains("it failed: Training diverged"), "\(scored.errors)")
  }
}
