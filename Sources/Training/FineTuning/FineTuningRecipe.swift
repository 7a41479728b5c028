import ImageCodec
import PEFT

/// Settings that do well with a method where the user chooses none.
public enum FineTuningRecipe {
  /// For the embedded world: 32-pixel images, trained without augmentation.
  public static func world(method: String, seed: UInt64) -> FineTuningSettings {
    let rates: [String: Float] = ["full": 1e-3, "linear": 3e-3, "bitfit": 3e-3, "ssf": 3e-3, "lora": 3e-3]
    return FineTuningSettings(
      epochs: 6, batchSize: 64, learningRate: rates[method] ?? 3e-3, weightDecay: 0.01, seed: seed)
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
