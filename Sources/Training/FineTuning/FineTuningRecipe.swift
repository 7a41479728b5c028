import Datasets
import ImageCodec

/// Settings that do well with a method where the user chooses none.
public enum FineTuningRecipe {
  /// For the embedded world: 32-pixel images, trained without augmentation.
  public static func world(method: String, seed: UInt64) -> FineTuningSettings {
    let recipe = WorldRecipe.standard.fineTuning(method: method)
    return FineTuningSettings(
      epochs: recipe.epochs, batchSize: recipe.batchSize, learningRate: recipe.learningRate,
      weightDecay: recipe.weightDecay, clipNorm: recipe.clipNorm, seed: seed)
  }

  /// For CLIP on photographs. Full fine-tuning as in WiSE-FT (Wortsman et al. 2022); other methods at the lower end of
  /// the study's grid; the head alone takes a larger rate.
  public static func photographs(method: String, seed: UInt64) -> FineTuningSettings {
    let rates: [String: Float] = ["full": 3e-5, "linear": 1e-3]
    let isLinear = method == "linear"
    return FineTuningSettings(
      epochs: 10, batchSize: 64, learningRate: rates[method] ?? 1e-3,
      weightDecay: method == "full" ? 0.1 : 1e-4,
      augmentation: isLinear ? nil : TrainAugmentation(scale: 0.9...1, flip: true), seed: seed)
  }
}
