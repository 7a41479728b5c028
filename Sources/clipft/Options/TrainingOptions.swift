import ArgumentParser
import Experiments
import ImageCodec
import Training

extension HeadSettings.Start: ExpressibleByArgument {}
extension SelectionSettings.Epoch: ExpressibleByArgument {}
extension OptimizerName: ExpressibleByArgument {}
extension LearningRateSchedule.Shape: ExpressibleByArgument {}
extension LearningRateSchedule.Pace: ExpressibleByArgument {}
extension WeightDecayScope: ExpressibleByArgument {}

/// How a fine-tuning run is optimised; what is not given comes from a recipe.
struct TrainingOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Settings to begin from, see `clipft recipes list`; what follows varies them. Default on photographs: wise-ft for full, frozen-features for "
        + "linear, study-robustness for other methods, their warm-up shortened where there are few images; on the embedded world: world.",
      valueName: "name"))
  var recipe: String?

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

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Learning rate of the head: class weights, bias and the image tower's projection before them (default: --lr).",
      valueName: "rate"))
  var headLr: Float?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "What the rate is multiplied by from a layer to the one before it, as timm counts them (default: 1).",
      valueName: "factor"))
  var layerDecay: Float?

  @Option(
    name: .long,
    help: ArgumentHelp("adamw, adamspd, or sgd with momentum (default: adamw).", valueName: "name"))
  var optimizer: OptimizerName?

  @Option(
    name: .long, help: ArgumentHelp("Learning rate at the end of the cosine or line.", valueName: "rate"))
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
      "What follows the warm-up: cosine, linear or constant (default: cosine).", valueName: "shape"))
  var lrShape: LearningRateSchedule.Shape?

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

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Share of every label that is spread over all classes (default: 0).", valueName: "share"))
  var labelSmoothing: Float?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "How much of an exponential average of the weights stays at each step; the run ends with the average (default: no average).",
      valueName: "share"))
  var ema: Double?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "How the head begins: zero_shot, random, or probe, a linear probe at its optimum (default: zero_shot).",
      valueName: "start"))
  var headStart: HeadSettings.Start?

  @Flag(name: .long, help: "Class weights and bias stay as they begin.")
  var freezeHead = false

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Epoch whose weights the run ends with: last, or best on validation (default: last).",
      valueName: "epoch"))
  var keepEpoch: SelectionSettings.Epoch?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Epochs without a better validation accuracy after which training ends (default: it does not).",
      valueName: "n"))
  var patience: Int?

  @Option(name: .long, help: ArgumentHelp(AugmentationOption.help, valueName: "parts"))
  var augment: String?

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
    name: [.long, .customLong("shots-seed")],
    help: ArgumentHelp("Seed of which images are drawn (default: --seed).", valueName: "n"))
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
    _ = try augment.map(AugmentationOption.init)
  }

  /// Says what was given. Throws where augmentation has parts that it cannot have.
  func fill(_ draft: inout SpecDraft) throws {
    try draft.set("recipe", to: recipe, by: "--recipe")
    try draft.set("optimizer.name", to: optimizer, by: "--optimizer")
    try draft.set("optimizer.lr", to: learningRate, by: "--lr")
    try draft.set("optimizer.head_lr", to: headLr, by: "--head-lr")
    try draft.set("optimizer.layer_decay", to: layerDecay, by: "--layer-decay")
    try draft.set("optimizer.weight_decay", to: weightDecay, by: "--weight-decay")
    try draft.set("optimizer.decay", to: decay, by: "--decay")
    if let clipNorm {
      try draft.set("optimizer.clip_norm", to: OrNull(wrappedValue: clipNorm.value), by: "--clip-norm")
    }
    try draft.set("schedule.name", to: lrShape, by: "--lr-shape")
    try draft.set("schedule.epochs", to: epochs, by: "--epochs")
    try draft.set("schedule.floor", to: lrFloor, by: "--lr-floor")
    try draft.set("schedule.warmup_steps", to: warmupSteps, by: "--warmup-steps")
    try draft.set("schedule.warmup_epochs", to: warmupEpochs, by: "--warmup-epochs")
    try draft.set("schedule.warmup_share", to: warmupShare, by: "--warmup-share")
    try draft.set("schedule.warmup_start", to: warmupStart, by: "--warmup-start")
    try draft.set("schedule.pace", to: schedule, by: "--schedule")
    try draft.set("batch.size", to: batchSize, by: "--batch-size")
    try draft.set("batch.drop_last", to: dropLast, by: "--drop-last")
    try draft.set("batch.micro", to: microBatch, by: "--micro-batch")
    if recompute { try draft.set("batch.recompute", to: true, by: "--recompute") }
    try draft.set("objective.label_smoothing", to: labelSmoothing, by: "--label-smoothing")
    try draft.set("averaging.ema", to: ema, by: "--ema")
    try draft.set("head.start", to: headStart, by: "--head-start")
    if freezeHead { try draft.set("head.frozen", to: true, by: "--freeze-head") }
    try draft.set("selection.epoch", to: keepEpoch, by: "--keep-epoch")
    try draft.set("selection.patience", to: patience, by: "--patience")
    try draft.set("drop_path", to: dropPath, by: "--drop-path")
    if let augment = try augment.map(AugmentationOption.init) {
      try draft.set("augmentation", to: OrNull(wrappedValue: augment.value), by: "--augment")
    }
    try draft.set("seeds.all", to: seed, by: "--seed")
    try draft.set("seeds.data", to: dataSeed, by: "--data-seed")
    try draft.set("seeds.init", to: initSeed, by: "--init-seed")
    try draft.set("seeds.order", to: orderSeed, by: "--order-seed")
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
