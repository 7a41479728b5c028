import Experiments
import ImageCodec
import PEFT
import Testing
import Training

/// What a recipe's name promises is what it does.
@Suite("Recipes and schedules")
struct RecipeTests {
  /// What a recipe makes of a method, without anything else said.
  private func settings(_ recipe: String, _ method: String = "full") throws -> FineTuningSettings {
    var draft = SpecDraft()
    try draft.set("recipe", to: recipe, by: "test")
    try draft.set("method.name", to: method, by: "test")
    return try draft.resolved(.init(seed: 1)).spec.settings
  }

  @Test("wise-ft is WiSE-FT's")
  func wiseFT() throws {
    let settings = try self.settings("wise-ft")
    #expect(settings.batch.size == 512 && settings.schedule.epochs == 10)
    #expect(settings.optimizer.lr == 3e-5 && settings.schedule.floor == 0)
    #expect(
      settings.optimizer.weightDecay == 0.1 && settings.optimizer.decay == .all
        && settings.optimizer.clipNorm == 1)
    #expect(
      settings.augmentation?.image
        == TrainAugmentation(scale: 0.9...1, ratio: 3.0 / 4.0...4.0 / 3.0, flip: false))
    let schedule = settings.learningRates(images: 1_281_167)
    #expect(schedule.totalSteps == 25030)
    #expect(schedule.rate(at: 0) == 3e-5 / 500)
    #expect(schedule.rate(at: 499) == 3e-5)
    #expect(abs(schedule.rate(at: 500 + 24530 / 2) - 1.5e-5) < 1e-8)
    #expect(schedule.rate(at: 25029) < 1e-9)
  }

  @Test("study-robustness is the study's, an epoch late")
  func study() throws {
    let settings = try self.settings("study-robustness", "lora")
    #expect(settings.batch.size == 256 && settings.schedule.epochs == 100 && settings.batch.dropLast)
    #expect(
      settings.optimizer.lr == 3e-5 && settings.optimizer.weightDecay == 0.005
        && settings.optimizer.clipNorm == nil)
    #expect(
      settings.augmentation?.image
        == TrainAugmentation(
          scale: 0.08...1, flip: true, randAugment: RandAugment(operations: 2, magnitude: 9, deviation: 0.5),
          erasing: RandomErasing(probability: 0.25)))
    #expect(settings.stepsPerEpoch(images: 100_000) == 390)
    #expect(settings.stepsPerEpoch(images: 100) == 1, "fewer images than a batch are trained on")
    let schedule = settings.learningRates(images: 100_000)
    func rate(_ epoch: Int) -> Float { schedule.rate(at: epoch * 390) }
    #expect(rate(0) == 1e-7 && rate(1) == 1e-7, "the first epoch's rate is that of the second, too")
    #expect(abs(rate(2) - (1e-7 + (3e-5 - 1e-7) / 10)) < 1e-10)
    #expect(schedule.rate(at: 2 * 390 + 389) == rate(2), "constant within an epoch")
    // timm: the cosine at epoch t runs over all epochs, warm-up included.
    #expect(abs(rate(51) - (1e-6 + 2.9e-5 / 2)) < 1e-9)
    #expect(rate(99) > 1e-6 && rate(99) < 1.1e-6)
  }

  @Test("Each method has a recipe for photographs, and the embedded world one of its own")
  func defaults() throws {
    func recipe(_ method: String, _ dataset: String) throws -> String? {
      var draft = SpecDraft()
      try draft.set("method.name", to: method, by: "test")
      try draft.set("data.dataset", to: dataset, by: "test")
      return try draft.resolved(.init()).spec.recipe
    }
    #expect(try recipe("full", "folder:photos") == "wise-ft")
    #expect(try recipe("linear", "folder:photos") == "frozen-features")
    #expect(try recipe("ssf", "folder:photos") == "study-robustness")
    #expect(try recipe("ssf", "shapes") == "world")
    for type in MethodRegistry.all { _ = try Recipe.named(type.training.photographs) }
  }

  @Test(
    "On the embedded world a method brings its rate, its epochs and its options",
    arguments: MethodRegistry.all.map { $0.name })
  func world(method: String) throws {
    var draft = SpecDraft()
    try draft.set("method.name", to: method, by: "test")
    let spec = try draft.resolved(.init()).spec
    let type = try #require(MethodRegistry.all.first { $0.name == method })
    #expect(spec.settings.optimizer.lr == type.training.worldRate)
    #expect(spec.settings.schedule.epochs == type.training.worldEpochs && spec.settings.batch.size == 64)
    for (name, value) in type.training.worldOptions {
      #expect(spec.method.options[name]?.description == value)
    }
  }

  @Test("A warm-up that few images leave no time for is shortened to a tenth of the steps, which is said")
  func shortened() throws {
    var settings = try self.settings("wise-ft")
    let said = settings.shortenWarmup(images: 5120, recipe: "wise-ft")
    #expect(settings.schedule.warmupSteps == nil && settings.schedule.warmupShare == 0.1)
    let schedule = settings.learningRates(images: 5120)
    #expect(schedule.totalSteps == 100 && schedule.warmupSteps == 10 && schedule.rate(at: 9) == 3e-5)
    #expect(
      said
        == "training has 100 steps, too few for a warm-up of 500 steps as the recipe wise-ft has it: it is "
        + "shortened to 10 steps (--recipe wise-ft keeps it)")
    #expect(
      settings.remarks(images: 5120).isEmpty && settings.shortenWarmup(images: 5120, recipe: "wise-ft") == nil
    )
  }

  @Test("A warm-up of up to half of training stays")
  func stays() throws {
    let recipe = try settings("wise-ft")
    var settings = recipe
    #expect(settings.shortenWarmup(images: 512 * 100, recipe: "wise-ft") == nil && settings == recipe)
    #expect(settings.shortenWarmup(images: 512 * 99, recipe: "wise-ft") != nil && settings != recipe)
  }

  @Test("Where the rate changes by epoch, a shortened warm-up is whole epochs, or none")
  func shortenedEpochs() throws {
    for (epochs, warmup) in [(1, 0), (5, 0), (19, 1)] as [(Int, Float)] {
      var settings = try self.settings("study-robustness", "lora")
      settings.schedule.epochs = epochs
      #expect(settings.shortenWarmup(images: 10_000, recipe: "wise-ft") != nil)
      #expect(settings.schedule.warmupEpochs == warmup && settings.schedule.warmupShare == nil)
      #expect(!settings.learningRates(images: 10_000).endsInWarmup, "\(epochs) epochs")
    }
  }

  @Test("A warm-up longer than training is said")
  func remarks() throws {
    let settings = try self.settings("wise-ft")
    #expect(settings.remarks(images: 100).count == 1)
    #expect(settings.remarks(images: 1_000_000).isEmpty)
    var study = try self.settings("study-robustness", "lora")
    #expect(study.remarks(images: 1_000).isEmpty)
    study.schedule.epochs = 11
    #expect(study.remarks(images: 1_000).count == 1, "the last epoch's rate is the one before's")
  }

  @Test(
    "A schedule by epochs has left its warm-up when an epoch has a later rate",
    arguments: [
      (.step, 8, 2, true), (.step, 7, 2, false), (.step, 0, 1, false), (.epoch, 4, 1, true),
      (.epoch, 4, 2, false),
      (.laggedEpoch, 4, 2, true), (.laggedEpoch, 4, 3, false), (.laggedEpoch, 0, 1, false),
    ] as [(LearningRateSchedule.Pace, Int, Int, Bool)])
  func endsInWarmup(pace: LearningRateSchedule.Pace, warmup: Int, epochs: Int, ends: Bool) {
    let schedule = LearningRateSchedule(
      peak: 1, warmupSteps: warmup, totalSteps: epochs * 4, start: 0.1, pace: pace, stepsPerEpoch: 4)
    #expect(schedule.endsInWarmup == ends)
  }
}
