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

  @Test("A warm-up longer than training is said")
  func remarks() {
    let settings = FineTuningRecipe.wiseFT.settings(Full(), seed: 1)
    #expect(settings.remarks(images: 100).count == 1)
    #expect(settings.remarks(images: 1_000_000).isEmpty)
  }
}
