import Experiments
import ImageCodec
import PEFT
import Testing
import Training

/// What a recipe's name promises is what it does.
@Suite("Recipes and schedules")
struct RecipeTests {
  @Test("wise-ft is WiSE-FT's")
  func wiseFT() {
    let settings = FineTuningRecipe.wiseFT.settings(Full(), seed: 1)
    #expect(settings.batchSize == 512 && settings.epochs == 10)
    #expect(settings.learningRate == 3e-5 && settings.floor == 0)
    #expect(settings.weightDecay == 0.1 && settings.decayScope == .all && settings.clipNorm == 1)
    #expect(
      settings.augmentation == TrainAugmentation(scale: 0.9...1, ratio: 3.0 / 4.0...4.0 / 3.0, flip: false))
    let schedule = settings.schedule(images: 1_281_167)
    #expect(schedule.totalSteps == 25030)
    #expect(schedule.rate(at: 0) == 3e-5 / 500)
    #expect(schedule.rate(at: 499) == 3e-5)
    #expect(abs(schedule.rate(at: 500 + 24530 / 2) - 1.5e-5) < 1e-8)
    #expect(schedule.rate(at: 25029) < 1e-9)
  }

  @Test("study-robustness is the study's, an epoch late")
  func study() {
    let settings = FineTuningRecipe.studyRobustness.settings(LoRA(), seed: 1)
    #expect(settings.batchSize == 256 && settings.epochs == 100 && settings.dropLast)
    #expect(settings.learningRate == 3e-5 && settings.weightDecay == 0.005 && settings.clipNorm == nil)
    #expect(
      settings.augmentation
        == TrainAugmentation(
          scale: 0.08...1, flip: true, randAugment: RandAugment(operations: 2, magnitude: 9, deviation: 0.5),
          erasing: RandomErasing(probability: 0.25)))
    #expect(settings.stepsPerEpoch(images: 100_000) == 390)
    #expect(settings.stepsPerEpoch(images: 100) == 1, "fewer images than a batch are trained on")
    let schedule = settings.schedule(images: 100_000)
    func rate(_ epoch: Int) -> Float { schedule.rate(at: epoch * 390) }
    #expect(rate(0) == 1e-7 && rate(1) == 1e-7, "the first epoch's rate is that of the second, too")
    #expect(abs(rate(2) - (1e-7 + (3e-5 - 1e-7) / 10)) < 1e-10)
    #expect(schedule.rate(at: 2 * 390 + 389) == rate(2), "constant within an epoch")
    // timm: the cosine at epoch t runs over all epochs, warm-up included.
    #expect(abs(rate(51) - (1e-6 + 2.9e-5 / 2)) < 1e-9)
    #expect(rate(99) > 1e-6 && rate(99) < 1.1e-6)
  }

  @Test("Each method has a recipe for photographs")
  func defaults() {
    #expect(FineTuningRecipe.photographs(Full()) == .wiseFT)
    #expect(FineTuningRecipe.photographs(LinearProbe()) == .frozenFeatures)
    #expect(FineTuningRecipe.photographs(SSF()) == .studyRobustness)
  }

  @Test("A warm-up that few images leave no time for is shortened to a tenth of the steps, which is said")
  func shortened() {
    var settings = FineTuningRecipe.wiseFT.settings(Full(), seed: 1)
    let said = settings.shortenWarmup(images: 5120)
    #expect(settings.warmupSteps == nil && settings.warmupShare == 0.1 && settings.recipe == "wise-ft")
    let schedule = settings.schedule(images: 5120)
    #expect(schedule.totalSteps == 100 && schedule.warmupSteps == 10 && schedule.rate(at: 9) == 3e-5)
    #expect(
      said
        == "training has 100 steps, too few for a warm-up of 500 steps as the recipe wise-ft has it: it is "
        + "shortened to 10 steps (--recipe wise-ft keeps it)")
    #expect(settings.remarks(images: 5120).isEmpty && settings.shortenWarmup(images: 5120) == nil)
  }

  @Test("A warm-up of up to half of training stays")
  func stays() {
    let recipe = FineTuningRecipe.wiseFT.settings(Full(), seed: 1)
    var settings = recipe
    #expect(settings.shortenWarmup(images: 512 * 100) == nil && settings == recipe)
    #expect(settings.shortenWarmup(images: 512 * 99) != nil && settings != recipe)
  }

  @Test("Where the rate changes by epoch, a shortened warm-up is whole epochs, or none")
  func shortenedEpochs() {
    for (epochs, warmup) in [(1, 0), (5, 0), (19, 1)] as [(Int, Float)] {
      var settings = FineTuningRecipe.studyRobustness.settings(LoRA(), seed: 1)
      settings.epochs = epochs
      #expect(settings.shortenWarmup(images: 10_000) != nil)
      #expect(settings.warmupEpochs == warmup && settings.warmupShare == nil)
      #expect(!settings.schedule(images: 10_000).endsInWarmup, "\(epochs) epochs")
    }
  }

  @Test("A warm-up longer than training is said")
  func remarks() {
    let settings = FineTuningRecipe.wiseFT.settings(Full(), seed: 1)
    #expect(settings.remarks(images: 100).count == 1)
    #expect(settings.remarks(images: 1_000_000).isEmpty)
    var study = FineTuningRecipe.studyRobustness.settings(LoRA(), seed: 1)
    #expect(study.remarks(images: 1_000).isEmpty)
    study.epochs = 11
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
