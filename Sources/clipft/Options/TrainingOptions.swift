import ArgumentParser
import Experiments
import ImageCodec
import Training

extension FineTuningRecipe: ExpressibleByArgument {}
extension LearningRateSchedule.Pace: ExpressibleByArgument {}
extension WeightDecayScope: ExpressibleByArgument {}

/// How a fine-tuning run is optimised; what is not given comes from a recipe.
struct TrainingOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Settings to begin from; what follows varies them. Default on photographs: wise-ft for full, frozen-features for "
        + "linear, study-robustness for other methods, their warm-up shortened where there are few images; on the embedded world: world.",
      valueName: "name"))
  var recipe: FineTuningRecipe?

  @Option(name: .long, help: "Passes over the training images.")
  var epochs: Int?

  @Option(name: .long, help: "Images of a step.")
  var batchSize: Int?

  @Flag(
    name: .long, inversion: .prefixedNo,
    help: "Whether images that fill no last batch wait for another epoch (study-robustness does so).")
  var dropLast: Bool?

  @Option(
    name: [.customLong("lr"), .long], help: ArgumentHelp("Learning rate at its peak.", valueName: "rate"))
  var learningRate: Float?

  @Option(name: .long, help: ArgumentHelp("Learning rate at the end of the cosine.", valueName: "rate"))
  var lrFloor: Float?

  @Option(name: .long, help: ArgumentHelp("Warm-up, in steps.", valueName: "n"))
  var warmupSteps: Int?

  @Option(name: .long, help: ArgumentHelp("Warm-up, in epochs.", valueName: "n"))
  var warmupEpochs: Float?

  @Option(name: .long, help: ArgumentHelp("Warm-up, as a share of all steps.", valueName: "share"))
  var warmupShare: Float?

  @Option(name: .long, help: ArgumentHelp("Learning rate that the warm-up begins from.", valueName: "rate"))
  var warmupStart: Float?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "When the rate changes: step; epoch, as timm has it; or epoch-lagged, an epoch late as in the study.",
      valueName: "pace"))
  var schedule: LearningRateSchedule.Pace?

  @Option(name: .long, help: "Decoupled weight decay.")
  var weightDecay: Float?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "What decays: all that trains, or matrices only, not biases, norms, scales and positions.",
      valueName: "scope"))
  var decay: WeightDecayScope?

  @Option(
    name: .long,
    help: ArgumentHelp("Largest norm of the whole gradient; none clips nothing.", valueName: "norm"))
  var clipNorm: ClipNorm?

  @Option(name: .long, help: "Drop-path probability of the last block.")
  var dropPath: Float?

  @Option(name: .long, help: ArgumentHelp(AugmentationOption.help, valueName: "parts"))
  var augment: AugmentationOption?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Images of a step in memory at once; their gradients are added up, and what is learned is the same but for rounding.",
      valueName: "n"))
  var microBatch: Int?

  @Flag(name: .long, help: "Keep only the input of each block for backward: less memory, a third more time.")
  var recompute = false

  @Option(name: .long, help: ArgumentHelp("Seed of everything random (default: 0).", valueName: "n"))
  var seed: UInt64?

  @Option(
    name: .long, help: ArgumentHelp("Seed of which images are drawn (default: --seed).", valueName: "n"))
  var dataSeed: UInt64?

  @Option(name: .long, help: ArgumentHelp("Seed of new parameters (default: --seed).", valueName: "n"))
  var initSeed: UInt64?

  @Option(
    name: .long,
    help: ArgumentHelp("Seed of order, augmentation and random masks (default: --seed).", valueName: "n"))
  var orderSeed: UInt64?

  func validate() throws {
    let warmups = [
      ("--warmup-steps", warmupSteps != nil), ("--warmup-epochs", warmupEpochs != nil),
      ("--warmup-share", warmupShare != nil),
    ].filter(\.1).map(\.0)
    guard warmups.count < 2 else {
      throw ValidationError("\(warmups[0]) and \(warmups[1]) say the same thing twice; give one of them.")
    }
  }

  /// Whether neither a recipe nor a warm-up was asked for, so that the warm-up may be fitted to the images.
  var leavesWarmupToRecipe: Bool {
    recipe == nil && warmupSteps == nil && warmupEpochs == nil && warmupShare == nil
  }

  /// Settings of blocks that were given.
  var givenForBlocks: Set<FineTuneJob.BlockSetting> {
    var given: Set<FineTuneJob.BlockSetting> = []
    if let dropPath, dropPath > 0 { given.insert(.dropPath) }
    if recompute { given.insert(.recompute) }
    return given
  }

  /// The recipe with what was given in its place; `seed` is the one of everything.
  func applied(to recipe: FineTuningSettings, seed: UInt64) -> FineTuningSettings {
    var settings = recipe
    settings.seed = seed
    settings.seeds = TrainingSeeds(
      data: dataSeed ?? seed, initialization: initSeed ?? seed, order: orderSeed ?? seed)
    if let epochs { settings.epochs = epochs }
    if let batchSize { settings.batchSize = batchSize }
    if let dropLast { settings.dropLast = dropLast }
    if let learningRate {
      settings.learningRate = learningRate
      // A recipe's ends of the schedule are below its own peak; a lower one given takes them along.
      settings.floor = min(settings.floor, learningRate)
      settings.warmupStart = min(settings.warmupStart, learningRate)
    }
    if let lrFloor { settings.floor = lrFloor }
    if warmupSteps != nil || warmupEpochs != nil || warmupShare != nil {
      (settings.warmupSteps, settings.warmupEpochs, settings.warmupShare) = (
        warmupSteps, warmupEpochs, warmupShare
      )
    }
    if let warmupStart { settings.warmupStart = warmupStart }
    if let schedule { settings.pace = schedule }
    if let weightDecay { settings.weightDecay = weightDecay }
    if let decay { settings.decayScope = decay }
    if let clipNorm { settings.clipNorm = clipNorm.value }
    if let dropPath { settings.dropPath = dropPath }
    if let augment { settings.augmentation = augment.value }
    if let microBatch { settings.microBatch = microBatch }
    settings.recompute = recompute
    return settings
  }
}

/// A number above 0, or none.
struct ClipNorm: ExpressibleByArgument {
  let value: Float?

  init?(argument: String) {
    guard argument != "none" else {
      value = nil
      return
    }
    guard let number = Float(argument) else { return nil }
    value = number == 0 ? nil : number
  }
}
