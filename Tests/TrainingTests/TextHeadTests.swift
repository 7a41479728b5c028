import CLIPCore
import Datasets
import Experiments
import NN
import PEFT
import TensorCore
import TestSupport
import Testing
import Training
import TrainingTestSupport

/// Heads of runs for classes that they were not trained on.
@Suite("Heads made from text")
struct TextHeadTests {
  private let tiny: TinyTraining
  init() throws { tiny = try TinyTraining() }

  private static let classes = ["red", "a blue", "green red", "blue"].map { DatasetClass(id: $0, name: $0) }
  private static let templates = ["a {}"]

  private func logits(_ run: LoadedRun, alpha: Double) throws -> [Float] {
    let images = try TinyTraining.images(count: 8, seed: 9)
    let context = try run.path.move(to: alpha)
    let prepared = try PreparedDataset(dataset: images, preprocessing: run.record.model.preprocessing)
    let batch = try prepared.batch(0..<8)
    return run.path.classifier.logits(batch.images, context).value.array
  }

  private func load(
    _ method: String, options: [String: String] = [:], towers: Set<TowerKind> = [.vision]
  ) throws -> LoadedRun {
    _ = try tiny.job(method, name: method, options: options, towers: towers).run()
    return try LoadedRun.load(
      RunFolder(tiny.folder.file(method)), textHead: .init(classes: Self.classes, templates: Self.templates))
  }

  /// What zero-shot classification with the pre-trained model gives.
  private func zeroShot() throws -> [Float] {
    let model = try tiny.model()
    let head = try ZeroShotHead.build(
      clip: model.clip, tokenizer: model.tokenizer, classNames: Self.classes.map(\.name),
      templates: Self.templates)
    let classifier = try ImageClassifier(
      config: model.clip.config, classes: 4, state: model.clip.visionState().merging(head.state()),
      file: "model")
    let prepared = try PreparedDataset(
      dataset: try TinyTraining.images(count: 8, seed: 9), preprocessing: model.preprocessing)
    return classifier.logits(try prepared.batch(0..<8).images, .inference).value.array
  }

  @Test(
    "At alpha 0 it is zero-shot classification of these classes, at 1 it is the tuned model's",
    arguments: [("bitfit", TowerKind.vision), ("houlsby", .vision), ("lora", .text), ("full", .vision)])
  func ends(method: String, tower: TowerKind) throws {
    let run = try load(method, towers: [tower])
    #expect(run.classes == Self.classes && run.hasTextHead)
    let (start, end) = (try logits(run, alpha: 0), try logits(run, alpha: 1))
    let expected = try zeroShot()
    #expect(start.count == 32 && zip(start, expected).allSatisfy { abs($0 - $1) < 1e-4 })
    #expect(zip(start, end).contains { abs($0 - $1) > 1e-3 })
  }

  @Test("Learned words stand before the names of other classes")
  func words() throws {
    let run = try load("coop", options: ["tokens": "2", "start": "random"])
    let (start, end) = (try logits(run, alpha: 0), try logits(run, alpha: 1))
    #expect(end.count == 32 && zip(start, end).contains { abs($0 - $1) > 1e-3 })
    // For the classes that were trained on, it is the run itself.
    let own = try LoadedRun.load(
      run.folder, textHead: .init(classes: run.record.data.classes, templates: run.record.data.templates))
    let trained = try LoadedRun.load(run.folder)
    let pairs = zip(try logits(own, alpha: 1), try logits(trained, alpha: 1))
    #expect(pairs.allSatisfy { abs($0 - $1) < 1e-4 })
  }

  @Test("What was trained of each class has no meaning for others", arguments: ["taskres", "tip-adapter-f"])
  func refused(method: String) throws {
    let error = #expect(throws: TrainingError.self) { _ = try load(method) }
    #expect(error?.description.contains("has no head for others") == true, "\(error?.description ?? "")")
  }

  @Test("Prompts of each class are averaged as templates are, as many as each has")
  func prompts() throws {
    let model = try tiny.model()
    func head(_ names: [String], _ prompts: [[String]]) throws -> [Float] {
      try ZeroShotHead.build(
        clip: model.clip, tokenizer: model.tokenizer, classNames: names, prompts: prompts
      ).weight.array
    }
    let both = try head(["x", "y"], [["a red", "a blue"], ["a green"]])
    let templates = try ZeroShotHead.build(
      clip: model.clip, tokenizer: model.tokenizer, classNames: ["green"], templates: ["a {}"]
    ).weight.array
    #expect(Array(both[8...]) == templates)
    #expect(try Array(both[..<8]) == head(["x"], [["a red", "a blue"]]))
    #expect(try Array(both[..<8]) != head(["x"], [["a red"]]))
    #expect(throws: ModelError.self) { try head(["x"], [[]]) }
  }
}
