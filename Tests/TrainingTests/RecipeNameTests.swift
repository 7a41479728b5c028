import Experiments
import PEFT
import Testing
import Training
import TrainingTestSupport

/// A run that bears a recipe's name says what of the recipe it did not keep.
@Suite("What a recipe's name stands for")
struct RecipeNameTests {
  private func spec(_ recipe: String?, _ method: String? = nil, _ assignments: String...) throws -> RunSpec {
    var draft = SpecDraft()
    try draft.set("recipe", to: recipe, by: "--recipe")
    try draft.set("method.name", to: method, by: "--peft")
    for assignment in assignments { try draft.set(assignment) }
    return try draft.resolved(.init()).spec
  }

  @Test("A recipe that is kept is unchanged, whatever is trained on what", arguments: Recipe.all.map(\.name))
  func kept(recipe: String) throws {
    let named = try Recipe.named(recipe)
    for type in MethodRegistry.all where named.method == nil || named.method == type.name {
      let spec = try spec(recipe, type.name, "seeds.all=9", "model=x", "data.shots=4")
      #expect(try spec.recipeChanges() == [], "\(type.name)")
      var recorded = try RunSpec(reading: spec)
      // How much is in memory at once is none of its business.
      recorded.settings.batch.micro = 1
      #expect(try recorded.recipeChanges() == [], "\(type.name), as it is recorded")
    }
  }

  @Test("What was changed is listed")
  func changed() throws {
    #expect(try spec("wise-ft", "full", "optimizer.lr=1").recipeChanges() == ["optimizer.lr"])
    #expect(try spec("wise-ft", "full", "averaging.ema=0.9").recipeChanges() == ["averaging.ema"])
    #expect(try spec("wise-ft", "full", "augmentation=none").recipeChanges() == ["augmentation"])
    #expect(
      try spec("wise-ft", "full", "schedule.warmup_share=0.1").recipeChanges()
        == ["schedule.warmup_share", "schedule.warmup_steps"])
    #expect(try spec("clip-lora", nil, "method.options.rank=4").recipeChanges() == ["method.options.rank"])
    #expect(try spec(nil, "lora", "optimizer.lr=1").recipeChanges() == ["optimizer.lr"], "the world's")
    #expect(try spec(nil, "lora", "recipe=none").recipeChanges() == nil)
  }

  @Test("Another method than the recipe's is a change of it")
  func method() throws {
    #expect(try spec("coop", "lora").recipeChanges() == ["method.name"])
    #expect(try spec("flyp", nil, "method.name=ssf").recipeChanges() == ["method.name"])
    #expect(try spec("flyp", nil, "method.towers=both").recipeChanges() == [])
  }

  @Test("A recipe beside a file that says all that it says is refused")
  func file() throws {
    let printed = try spec("wise-ft", "full").tree.yaml
    func draft(_ recipe: String) throws -> SpecDraft {
      var draft = SpecDraft()
      try draft.add(SpecFile(text: printed, path: "run.yaml"))
      try draft.set("recipe", to: recipe, by: "--recipe")
      return draft
    }
    let error = #expect(throws: SpecError.self) { try draft("flyp").resolved(.init()) }
    #expect(error?.description.contains("nothing of it would be used") == true && error?.isUsage == true)
    #expect(try draft("wise-ft").resolved(.init()).spec.recipeChanges() == [])

    // Of one that says only some of it, the recipe says the rest.
    var part = SpecDraft()
    try part.add(SpecFile(text: "optimizer: {lr: 0.5}\nrecipe: wise-ft", path: "part.yaml"))
    try part.set("recipe", to: "flyp", by: "--recipe")
    #expect(try part.resolved(.init()).spec.recipeChanges() == ["optimizer.lr"])
  }

  @Test("A run's record holds the changes")
  func recorded() throws {
    let tiny = try TinyTraining()
    let job = try tiny.job("lora", name: "plain")
    #expect(try job.run().recipeChanges == nil)
    var spec = job.spec
    spec.recipe = "wise-ft"
    let named = try FineTuneJob(
      spec, model: job.model, data: job.data, folder: RunFolder(tiny.folder.file("named")))
    let record = try named.run()
    #expect(record.recipeChanges?.contains("optimizer.lr") == true)
    #expect(try named.folder.record().recipeChanges == record.recipeChanges)
  }
}

extension RunSpec {
  /// As it is read from a file that was printed.
  fileprivate init(reading spec: RunSpec) throws {
    var draft = SpecDraft()
    try draft.add(SpecFile(text: spec.tree.yaml, path: "printed.yaml"))
    self = try draft.resolved(.init()).spec
  }
}
