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
      (
        "schedule: {epoch: 3}",
        "bad.yaml, line 1: there is no key 'epoch' under schedule, did you mean epochs"
      ),
      ("epochs: 3", "bad.yaml, line 1: there is no key 'epochs', did you mean schedule.epochs"),
      ("optimiser: {lr: 1}", "bad.yaml, line 1: there is no key 'optimiser', did you mean optimizer"),
      ("augmentation:\n  flipp: true", "line 2: there is no key 'flipp' under augmentation"),
      ("optimizer:\n  groups:\n    - {pattern: '*', rate: 1}", "there is no key 'rate'"),
      ("a: 1\na: 2", "bad.yaml, line 1: a is set twice"),
      ("seeds:\n  all: 1\n  all: 1", "bad.yaml, line 2: all is set twice"),
      ("{\"precision\": \"fp32\",\n\"precision\": \"bf16\"}", "line 1: precision is set twice"),
      ("optimizer.lr: 1", "line 1: there is no key 'optimizer.lr', keys have no points"),
      (
        "schedule: {warmupSteps: 1}",
        "there is no key 'warmupSteps' under schedule, did you mean warmup_steps"
      ),
      ("model: !!python/object x", "bad.yaml, line 1: the tag !!python/object is not followed"),
      ("\noptimizer: !foo {lr: 1}", "bad.yaml, line 2: the tag !foo is not followed"),
      ("seeds: {all: !!str 3}", "the tag !!str is not followed"),
      ("!foo seeds: {all: 3}", "the tag !foo is not followed"),
      ("drop_path: !foo [1]", "the tag !foo is not followed"),
      ("optimizer:\n  lr: fast", "bad.yaml, line 2: optimizer.lr cannot be 'fast'; give a number"),
      ("optimizer:\n  name: adam", "optimizer.name cannot be 'adam'; give adamw, adamspd, sgd"),
      ("schedule: {epochs: 1.5}", "schedule.epochs cannot be '1.5'; give a whole number"),
      ("precision: fp8", "precision cannot be 'fp8'; give fp32, bf16"),
      ("method: {name: lora, options: 3}", "method.options cannot be '3'; give keys and values"),
      ("optimizer:\n  lr:", "line 2: optimizer.lr cannot be 'none'; give a number"),
      ("optimizer:\n  lr: 1e39", "line 2: optimizer.lr cannot be '1e+39'; give a number up to"),
      ("batch: {drop_last: 1}", "batch.drop_last cannot be '1'; give true or false"),
      ("optimizer: 3", "optimizer cannot be '3'; give keys and values"),
      ("data: {classes: red}", "data.classes cannot be 'red'; give a list"),
      ("data:\n  classes: [1]", "line 2: data.classes.0 cannot be '1'; give text, in quotes"),
      ("optimizer:\n  groups:\n    - {lr: 1}", "line 3: optimizer.groups.0.pattern is missing; give text"),
      (
        "augmentation: {crop: [1, 0.5]}",
        "augmentation.crop cannot be '[1, 0.5]'; give two numbers, the lower first"
      ),
      (
        "augmentation:\n  randaugment: rand-m99",
        "line 2: augmentation.randaugment cannot be 'rand-m99'; RandAugment"
      ),
      ("recipe: wiseft", "there is no recipe of that name, did you mean wise-ft"),
      ("seeds: {all: -1}", "seeds.all cannot be '-1'; give a whole number of at least 0"),
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

  @Test(
    "Every key of few values lists them",
    arguments: [
      "optimizer.name", "optimizer.decay", "objective.name", "objective.positives", "teacher.name",
      "head.start",
      "selection.epoch", "schedule.name", "schedule.pace", "method.towers", "precision", "data.sampler",
      "data.bad_images",
    ])
  func choices(key: String) throws {
    var draft = try draft()
    try draft.set("\(key)=none of these")
    let words = refusal(draft).split(separator: ";").last?.split(separator: ",") ?? []
    #expect(words.count > 1 && words.first?.hasPrefix(" give ") == true, "\(refusal(draft))")
  }

  @Test("What there is no key for is said before that no method is named")
  func unknownFirst() throws {
    var draft = SpecDraft()
    try draft.add(SpecFile(text: "optimiser: {lr: 1}", path: "bad.yaml"))
    #expect(refusal(draft).hasPrefix("bad.yaml, line 1: there is no key 'optimiser'"))
  }

  @Test(
    "A value out of its range is refused by its key: with file and line, or the flag, and what may be",
    arguments: [
      ("optimizer:\n  lr: -1", "a.yaml, line 2: optimizer.lr is -1.0; give a number above 0"),
      ("schedule:\n  epochs: 0", "a.yaml, line 2: schedule.epochs is 0; give at least 1"),
      ("batch: {size: 0}", "a.yaml, line 1: batch.size is 0; give 1 to"),
      ("\nobjective: {margin: -1}", "a.yaml, line 2: objective.margin is -1.0; give 0 or more"),
      ("averaging:\n  ema: 0.9\n  beta: 1", "a.yaml, line 3: averaging.beta is a second average"),
      ("teacher: {name: average}\nobjective: {distill_logits: 1}", "line 1: teacher.name is average"),
      ("optimizer: {lr: 1}\nschedule:\n  floor: 2", "line 3: schedule.floor is 2.0; give 0 to the learning"),
      ("data: {validation_fraction: 1}", "data.validation_fraction is 1.0; give a number between 0 and 1"),
      ("data: {shots: 0}", "data.shots is 0; give at least 1"),
      ("data: {dataset: 'tar:x'}", "line 1: data.dataset names no data: "),
      ("data: {templates: [a dog]}", "data.templates.0 is 'a dog'; give a prompt with {}"),
      ("data: {classes: [a, a]}", "data.classes.1 is 'a' a second time"),
      ("image_size: 0", "line 1: image_size is 0; give at least 1"),
      ("arch: ViT-Q", "line 1: arch is unknown"),
      ("augmentation: {crop: [0, 1]}", "line 1: augmentation.crop is 0.0 to 1.0"),
      (
        "augmentation: {flip: 2}",
        "augmentation.flip is 2.0, the share of images that are mirrored; give 0 to 1"
      ),
      ("augmentation: {padding: -1}", "augmentation.padding is -1 pixels; give 0 or more"),
      ("augmentation: {mixup: -1}", "augmentation.mixup is -1.0; give 0 to 1000"),
      ("augmentation: {patch_dropout: 1}", "augmentation.patch_dropout is 1.0"),
      (
        "augmentation: {color_jitter: {brightness: 0, contrast: 0, saturation: 0, hue: 1, probability: 1}}",
        "augmentation.color_jitter.hue is 1.0; give 0 to 0.5"
      ),
      ("augmentation: {patch_dropout: 0.5}\nmethod: {name: convpass}", "convpass needs every patch"),
      ("objective: {name: contrastive}", "objective.name is contrastive, which reads captions"),
      ("optimizer:\n  groups:\n    - {pattern: '*', lr: -1}", "line 3: optimizer.groups.0.lr is -1.0"),
      ("method: {options: {rank: [1]}}", "a.yaml, line 1: rank=[1] is not a valid option of lora"),
      ("method: {options: {rank: none}}", "a.yaml, line 1: rank=none is not a valid option of lora"),
      ("method: {options: {rank: 0}}", "a.yaml, line 1: rank=0 is not a valid option of lora"),
    ])
  func outOfRange(text: String, words: String) throws {
    var draft = try draft()
    try draft.add(SpecFile(text: text, path: "a.yaml"))
    if text.contains("name: convpass") { try draft.set("method.name", to: "convpass", by: "--peft") }
    #expect(refusal(draft).contains(words), "\(refusal(draft))")
  }

  @Test("A value out of its range that a flag gave is the flag's")
  func flagged() throws {
    var draft = try draft()
    try draft.add(SpecFile(text: "optimizer: {lr: 0.5}", path: "a.yaml"))
    try draft.set("optimizer.lr", to: Float(-1), by: "--lr")
    #expect(refusal(draft) == "--lr: optimizer.lr is -1.0; give a number above 0")
  }

  @Test("A run's record of another format is none that can be run again")
  func format() throws {
    for format in ["99", "1", "x"] {
      let text = "{\"spec\": {\"method\": {\"name\": \"lora\"}},\n\"format_version\": \(format)}"
      let error = #expect(throws: SpecError.self) { try SpecFile(text: text, path: "run.json") }
      #expect(error?.description.hasPrefix("run.json, line 2: format_version is '\(format)'") == true)
    }
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
