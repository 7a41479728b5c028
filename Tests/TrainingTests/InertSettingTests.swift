import Experiments
import PEFT
import Testing
import Training
import TrainingTestSupport

/// What nothing would come of is refused where somebody asked for it, and stays where it is a default.
@Suite("Settings without effect")
struct InertSettingTests {
  private func draft(_ recipe: String? = nil, _ method: String? = "lora") throws -> SpecDraft {
    var draft = SpecDraft()
    try draft.set("method.name", to: method, by: "--peft")
    try draft.set("recipe", to: recipe, by: "--recipe")
    return draft
  }

  private func refusal(_ draft: SpecDraft) -> String {
    let error = #expect(throws: SpecError.self) { try draft.resolved(.init()) }
    return error?.description ?? ""
  }

  static let inert = [
    ("optimizer.momentum", "0.5", ""), ("optimizer.beta1", "0.5", "optimizer.name=sgd"),
    ("optimizer.beta2", "0.5", "optimizer.name=sgd"), ("optimizer.epsilon", "0.5", "optimizer.name=sgd"),
    ("optimizer.decay", "matrices", "optimizer.weight_decay=0"),

    ("teacher.name", "average", ""), ("objective.temperature", "2", "objective.distill_features=1"),
    ("schedule.floor", "1e-9", "schedule.name=constant"),
    ("schedule.warmup_start", "1e-9", "schedule.warmup_share=0"),
    ("augmentation.crop", "[0.5, 1]", "augmentation.padding=2"),
    ("augmentation.mix_probability", "0.5", "augmentation.flip=true"),
    ("augmentation.mix_switch", "0.25", "augmentation.mixup=1"), ("data.sampler", "coop", ""),
    ("data.validation_fraction", "0.5", "data.validation=shapes:val"),
    ("objective.random_texts", "4", ""), ("averaging.every", "2", ""),
    ("averaging.ema_warmup_share", "0.5", "averaging.ema=0.9"),
    ("averaging.teacher_only", "true", "averaging.ema=0.9"),
  ]

  @Test("A flag is named", arguments: inert)
  func flag(key: String, value: String, with other: String) throws {
    var draft = try draft()
    if !other.isEmpty { try draft.set(other) }
    try draft.set("\(key)=\(value)")
    #expect(refusal(draft).hasPrefix("--set \(key): \(key) has no effect here: "), "\(refusal(draft))")
  }

  @Test("A file is named with its line where it says anything but the default", arguments: inert)
  func file(key: String, value: String, with other: String) throws {
    var whole = try draft()
    if !other.isEmpty { try whole.set(other) }
    // What is printed has the key, too, and runs.
    var spec = try whole.resolved(.init()).spec.tree
    var draft = SpecDraft()
    try draft.add(SpecFile(text: spec.yaml, path: "whole.yaml"))
    _ = try draft.resolved(.init())

    let changed = try SpecFile(text: "value: \(value)", path: "").tree["value"]
    #expect(spec.set(key, to: try #require(changed)))
    draft = SpecDraft()
    try draft.add(SpecFile(text: spec.yaml, path: "whole.yaml"))
    let said = refusal(draft)
    #expect(said.hasPrefix("whole.yaml, line ") && said.contains(": \(key) has no effect here: "), "\(said)")
  }

  @Test("A flag that makes nothing of what a file says varies the file")
  func variation() throws {
    var draft = SpecDraft()
    let text =
      "method: {name: lora}\noptimizer: {name: adamw, weight_decay: 0.2, decay: matrices, beta1: 0.8}"
    try draft.add(SpecFile(text: text, path: "a.yaml"))
    try draft.set("optimizer.weight_decay", to: Float(0), by: "--weight-decay")
    try draft.set("optimizer.name", to: OptimizerName.sgd, by: "--optimizer")
    #expect(try draft.resolved(.init()).spec.settings.optimizer.name == .sgd)
    // Of what it leaves open, it is to say nothing that depends on it.
    var open = SpecDraft()
    try open.add(SpecFile(text: "method: {name: lora}\noptimizer: {beta1: 0.8}", path: "a.yaml"))
    try open.set("optimizer.name", to: OptimizerName.sgd, by: "--optimizer")
    #expect(refusal(open).hasPrefix("a.yaml, line 2: optimizer.beta1 has no effect here"))
    try draft.set("optimizer.decay", to: WeightDecayScope.matrices, by: "--decay")
    #expect(refusal(draft).hasPrefix("--decay: optimizer.decay has no effect here"))
  }

  @Test(
    "Where no step is made, nothing that says how is obeyed",
    arguments: [
      "optimizer.lr=1", "schedule.name=cosine", "batch.size=3", "drop_path=0.5", "averaging.ema=0.5",
      "augmentation.flip=true", "selection.epoch=best", "objective.label_smoothing=0.1", "seeds.order=3",
    ])
  func noEpochs(assignment: String) throws {
    var draft = try draft("linear-probe", nil)
    _ = try draft.resolved(.init())
    try draft.set(assignment)
    #expect(refusal(draft).contains("has no effect here: schedule.epochs is 0"), "\(refusal(draft))")
  }

  @Test("A recipe's file stands for itself")
  func recipeFile() throws {
    var draft = SpecDraft()
    let text = "name: p\nsummary: P.\nsource: s\nspec: \(try Recipe.named("linear-probe").spec.text)"
    try draft.add(SpecFile(text: text, path: "probe.yaml"))
    #expect(try draft.resolved(.init()).spec.settings.schedule.epochs == 0)
  }

  @Test("A frozen group has neither rate nor decay", arguments: ["lr", "weight_decay"])
  func frozenGroup(key: String) throws {
    var draft = try draft()
    let text =
      "optimizer:\n  groups:\n    - {pattern: 'visual.*', frozen: true, \(key): 0.1}\n    - {pattern: '*'}"
    try draft.add(SpecFile(text: text, path: "g.yaml"))
    #expect(refusal(draft).hasPrefix("g.yaml, line 3: optimizer.groups.0.\(key) has no effect here"))

    draft = try self.draft()
    try draft.set("optimizer.groups=[{pattern: '*', frozen: true, \(key): 0.1}]")
    #expect(refusal(draft).hasPrefix("--set optimizer.groups: optimizer.groups.0.\(key) has no effect"))
  }

  @Test("A method that trains nothing obeys nothing that says how it trains")
  func nothingTrained() throws {
    let tiny = try TinyTraining()
    func run(_ name: String, asked: Set<String>) throws {
      let job = try tiny.job("tip-adapter", name: name)
      let asking = try FineTuneJob(
        job.spec, model: job.model, data: job.data, folder: job.folder,
        asked: AskedSettings(flags: asked))
      _ = try asking.run()
    }
    try run("plain", asked: ["method.name", "data.shots"])
    for key in ["schedule.epochs", "optimizer.lr", "batch.size"] {
      let error = #expect(throws: TrainingError.self) { try run("asked", asked: [key]) }
      #expect(
        error?.description.hasPrefix("\(key) has no effect here: tip-adapter trains nothing") == true,
        "\(error?.description ?? "")")
      #expect(!job(tiny, "asked").exists)
    }
  }

  private func job(_ tiny: TinyTraining, _ name: String) -> RunFolder { RunFolder(tiny.folder.file(name)) }

  @Test("Groups and rates that leave nothing to train are refused")
  func nothingLeft() throws {
    let tiny = try TinyTraining()
    func problem(_ change: (inout OptimizerSettings) -> Void) -> String {
      let error = #expect(throws: TrainingError.self) {
        try tiny.run("full", name: "none") { change(&$0.optimizer) }
      }
      return error?.description ?? ""
    }
    for group in [ParameterGroup(pattern: "*", frozen: true), ParameterGroup(pattern: "*", lr: 0)] {
      #expect(problem { $0.groups = [group] }.hasPrefix("optimizer.groups leaves nothing to train"))
    }
    let whole = try tiny.run("full", name: "head") {
      $0.optimizer.groups = [
        ParameterGroup(pattern: "visual.*", lr: 0), ParameterGroup(pattern: "*"),
      ]
    }
    #expect(!whole.isEmpty)
  }
}
