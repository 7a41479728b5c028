import Experiments
import Foundation
import ImageCodec
import PEFT
import TensorCore
import TestSupport
import Testing
import Training
import TrainingTestSupport

/// A run is its specification: what is said wins in order, what is not understood is refused, and what is printed runs again.
@Suite("Specifications")
struct SpecificationTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func draft(_ method: String = "lora") throws -> SpecDraft {
    var draft = SpecDraft()
    try draft.set("method.name", to: method, by: "--peft")
    return draft
  }

  private func refusal(_ draft: SpecDraft) -> String {
    let error = #expect(throws: SpecError.self) { try draft.resolved(.init()) }
    return error?.description ?? ""
  }

  @Test("What is printed reads as the same specification, for every method and recipe")
  func roundTrip() throws {
    for type in MethodRegistry.all {
      for recipe in Recipe.all {
        var first = try draft(type.name)
        try first.set("recipe", to: recipe.name, by: "--recipe")
        try first.set("data.classes", to: ["a b", "no", "1", "#x: \"y\""], by: "--classes")
        try first.set("seeds.all", to: UInt64.max, by: "--seed")
        let spec = try first.resolved(.init()).spec
        var second = SpecDraft()
        try second.add(SpecFile(text: spec.tree.yaml, path: "printed.yaml"))
        #expect(try second.resolved(.init(seed: 9)).spec == spec, "\(type.name) \(recipe.name)")
      }
    }
  }

  @Test("A run's record holds its specification, which runs again to the same bits")
  func record() throws {
    let tiny = try TinyTraining()
    let job = try tiny.job("lora", name: "first") { $0.optimizer.layerDecay = 0.5 }
    _ = try job.run()
    let record = try job.folder.record()
    var draft = SpecDraft()
    try draft.add(SpecFile(reading: job.folder.recordFile))
    let spec = try draft.resolved(.init()).spec
    #expect(spec == record.spec)
    let again = try FineTuneJob(
      spec, model: job.model, data: job.data, folder: RunFolder(tiny.folder.file("again")))
    let result = try again.run()
    #expect(result.result?.tunedSha256 != nil)
    #expect(try SpecDifference.between(record, result).isEmpty)
    #expect(
      try Data(contentsOf: again.folder.url.appendingPathComponent("head0.safetensors"))
        == Data(contentsOf: job.folder.url.appendingPathComponent("head0.safetensors")))
    #expect(record.result?.tunedSha256 == result.result?.tunedSha256)
  }

  @Test("A recipe's file is a specification that stands on its own")
  func recipeFile() throws {
    var draft = SpecDraft()
    let text = """
      name: mine
      summary: Of my own.
      source: nobody
      spec:
        method: {name: full}
        optimizer: {name: sgd, lr: 0.5}
      """
    try draft.add(SpecFile(text: text, path: "mine.yaml"))
    let spec = try draft.resolved(.init()).spec
    #expect(spec.recipe == nil && spec.method.name == "full" && spec.settings.optimizer.lr == 0.5)
    #expect(spec.settings.schedule.warmupShare == nil && spec.settings.augmentation == nil)
  }

  @Test("Later words win: a file, then flags, then --set")
  func order() throws {
    var draft = try draft()
    try draft.add(
      SpecFile(text: "optimizer: {lr: 0.1, weight_decay: 0.2}\nschedule: {epochs: 3}", path: "a.yaml"))
    try draft.set("schedule.epochs", to: 4, by: "--epochs")
    try draft.set("optimizer.lr=0.3")
    let settings = try draft.resolved(.init()).spec.settings
    #expect(settings.optimizer.lr == 0.3 && settings.optimizer.weightDecay == 0.2)
    #expect(settings.schedule.epochs == 4)
  }

  @Test("One warm-up takes the place of another, and two in one file are refused")
  func warmups() throws {
    var draft = try draft("full")
    try draft.set("recipe", to: "wise-ft", by: "--recipe")
    try draft.set("schedule.warmup_share", to: Float(0.2), by: "--warmup-share")
    let schedule = try draft.resolved(.init()).spec.settings.schedule
    #expect(schedule.warmupSteps == nil && schedule.warmupShare == 0.2)
    #expect(throws: SpecError.self) {
      try draft.add(
        SpecFile(text: "schedule:\n  warmup_steps: 1\n  warmup_epochs: 1", path: "two.yaml"))
    }
  }

  @Test("What has parts of its own is switched on by one of them")
  func nested() throws {
    var draft = try draft()
    try draft.set("augmentation.flip=true")
    let augmentation = try draft.resolved(.init()).spec.settings.augmentation?.image
    #expect(augmentation == TrainAugmentation(scale: 1...1, ratio: 1...1, flip: true))
    try draft.set("augmentation=none")
    #expect(try draft.resolved(.init()).spec.settings.augmentation == nil)
  }

  @Test(
    "What is not understood is refused, with file and line, and what there is",
    arguments: [
      ("optimizer:\n  lrr: 1", "bad.yaml, line 2: there is no key 'lrr' under optimizer, did you mean lr"),
      ("optimiser: {lr: 1}", "bad.yaml, line 1: there is no key 'optimiser', did you mean optimizer"),
      ("augmentation:\n  flipp: true", "line 2: there is no key 'flipp' under augmentation"),
      ("optimizer:\n  groups:\n    - {pattern: '*', rate: 1}", "there is no key 'rate'"),
      ("a: 1\na: 2", "bad.yaml: a is set twice"),
      ("optimizer:\n  lr: fast", "bad.yaml, line 2: optimizer.lr cannot be 'fast'"),
      ("optimizer:\n  name: adam", "optimizer.name cannot be 'adam'; give adamw, adamspd, sgd"),
      ("schedule: {epochs: 1.5}", "schedule.epochs cannot be '1.5'"),
      ("precision: fp8", "precision cannot be 'fp8'; give fp32, bf16"),
      ("method: {name: lora, options: 3}", "it takes name: value"),
      ("recipe: wiseft", "there is no recipe of that name, did you mean wise-ft"),
      ("seeds: {all: -1}", "seeds.all cannot be '-1'"),
      ("optimizer: &a {lr: 1}\nschedule: *a", "bad.yaml"),
      ("- 1", "it has no keys"), ("", "it has no keys"), ("a: [", "it is neither YAML nor JSON"),
    ])
  func refused(text: String, words: String) throws {
    var draft = try draft()
    let error = #expect(throws: SpecError.self) {
      try draft.add(SpecFile(text: text, path: "bad.yaml"))
      _ = try draft.resolved(.init())
    }
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
  }

  @Test("A file that is too deep, too large or no text is refused before it is read in")
  func hostile() throws {
    let deep = String(repeating: "[", count: 100_000)
    #expect(throws: SpecError.self) { try SpecFile(text: "a: \(deep)", path: "deep.yaml") }
    let steps = (0..<2000).map { String(repeating: " ", count: $0) + "a:" }.joined(separator: "\n")
    #expect(throws: SpecError.self) { try SpecFile(text: steps, path: "stairs.yaml") }
    let large = try folder.write(String(repeating: "# much\n", count: 100_000), to: "large.yaml")
    #expect(throws: SpecError.self) { try SpecFile(reading: large) }
    #expect(throws: TrainingError.self) { try SpecFile(reading: folder.file("none.yaml")) }
    #expect(throws: SpecError.self) { try SpecFile(reading: folder.url) }
    let empty = #expect(throws: SpecError.self) { try SpecFile(reading: folder.write("", to: "empty.yaml")) }
    #expect(empty?.description.contains("it has no keys") == true)
  }

  @Test("An unknown option of a method is the method's error")
  func methodOptions() throws {
    var draft = try draft()
    try draft.set("method.options.rnk=3")
    #expect(throws: MethodError.self) { try draft.resolved(.init()) }
  }

  @Test(
    "Runs whose specification differs in one flag differ in one key",
    arguments: [
      ("optimizer.lr", "0.5"), ("seeds.all", "3"), ("schedule.warmup_share", "0.5"),
      ("method.options.rank", "2"),
      ("augmentation", "{flip: true}"), ("optimizer.groups", "[{pattern: '*'}]"),
    ])
  func oneKey(key: String, value: String) throws {
    var draft = try draft()
    let one = try draft.resolved(.init()).spec.tree.leaves
    try draft.set("\(key)=\(value)")
    let other = try draft.resolved(.init()).spec.tree.leaves
    let differing = Set(one.keys).union(other.keys).filter { one[$0] != other[$0] }
    #expect(differing.allSatisfy { $0.hasPrefix(key) }, "\(differing)")
    #expect(!differing.isEmpty)
  }
}
