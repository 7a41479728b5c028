import Datasets
import ImageCodec
import PEFT
import Training

/// Named settings to begin from.
public enum FineTuningRecipe: String, CaseIterable, Sendable {
  case world
  case wiseFT = "wise-ft"
  case studyRobustness = "study-robustness"
  case frozenFeatures = "frozen-features"

  public var summary: String {
    switch self {
    case .world: "what does well on the embedded world's 32-pixel images, without augmentation"
    case .wiseFT:
      "WiSE-FT's for CLIP on ImageNet (Wortsman et al. 2022): AdamW, rate 3e-5, decay 0.1 on everything, 10 epochs of "
        + "batches of 512, 500 steps of warm-up, cosine to 0 by step, gradients clipped at 1, crops of 90% or more"
    case .studyRobustness:
      "the PEFT study's for CLIP and its shifts: AdamW, rate 3e-5 to 1e-6, decay 0.005 on everything, 100 epochs of whole "
        + "batches of 256, 10 of them warm-up from 1e-7, cosine by epoch, an epoch late as there, no clipping, crops, "
        + "mirror images, RandAugment m9-mstd0.5-inc1, erasing 0.25"
    case .frozenFeatures:
      "this program's own for the head alone: rate 1e-3, 10 epochs of batches of 64, no augmentation, so that features are "
        + "computed once"
    }
  }

  /// The recipe of a method where none is chosen, for CLIP on photographs.
  ///
  /// The head alone takes one of this program's own: those of the papers augment, for which every image would pass
  /// through the tower in every epoch.
  public static func photographs(_ method: any FineTuningMethod) -> FineTuningRecipe {
    FineTuningRecipe(rawValue: type(of: method).training.photographs) ?? .studyRobustness
  }

  public func settings(_ method: any FineTuningMethod, seed: UInt64) -> FineTuningSettings {
    switch self {
    case .world:
      let training = type(of: method).training
      let recipe = WorldRecipe.standard.fineTuning(
        learningRate: training.worldRate, epochs: training.worldEpochs)
      return FineTuningSettings(
        recipe: rawValue, epochs: recipe.epochs, batchSize: recipe.batchSize,
        learningRate: recipe.learningRate,
        warmupShare: 0.1, weightDecay: recipe.weightDecay, clipNorm: recipe.clipNorm, seed: seed)
    case .wiseFT:
      return FineTuningSettings(
        recipe: rawValue, epochs: 10, batchSize: 512, learningRate: 3e-5, warmupSteps: 500, weightDecay: 0.1,
        clipNorm: 1, augmentation: TrainAugmentation(scale: 0.9...1), microBatch: Self.partOfBatch, seed: seed
      )
    case .studyRobustness:
      return FineTuningSettings(
        recipe: rawValue, epochs: 100, batchSize: 256, dropLast: true, learningRate: 3e-5, floor: 1e-6,
        warmupEpochs: 10, warmupStart: 1e-7, pace: .laggedEpoch, weightDecay: 0.005, clipNorm: nil,
        augmentation: TrainAugmentation(
          scale: 0.08...1, flip: true, randAugment: RandAugment(), erasing: RandomErasing()),
        microBatch: Self.partOfBatch, seed: seed)
    case .frozenFeatures:
      return FineTuningSettings(
        recipe: rawValue, epochs: 10, batchSize: 64, learningRate: 1e-3, warmupShare: 0.1, weightDecay: 1e-4,
        clipNorm: 1, seed: seed)
    }
  }

  /// Batches of hundreds of images fit no ordinary memory; parts of them add up to the same.
  private static let partOfBatch = 32

  /// For the embedded world: 32-pixel images, trained without augmentation.
  public static func world(_ method: any FineTuningMethod, seed: UInt64) -> FineTuningSettings {
    FineTuningRecipe.world.settings(method, seed: seed)
  }
}
