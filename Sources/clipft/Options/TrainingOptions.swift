import ArgumentParser
import Training

/// How a fine-tuning run is optimised; what is not given comes from the method's recipe.
struct TrainingOptions: ParsableArguments {
  @Option(name: .long, help: "Passes over the training images.")
  var epochs: Int?

  @Option(name: .long, help: "Images of a step.")
  var batchSize: Int?

  @Option(
    name: [.customLong("lr"), .long], help: ArgumentHelp("Learning rate at its peak.", valueName: "rate"))
  var learningRate: Float?

  @Option(name: .long, help: "Decoupled weight decay, on everything that trains.")
  var weightDecay: Float?

  @Option(name: .long, help: "Drop-path probability of the last block.")
  var dropPath: Float?

  @Option(
    name: .long,
    help: ArgumentHelp("Images of a step in memory at once; their gradients are added up.", valueName: "n"))
  var microBatch: Int?

  @Flag(name: .long, help: "Keep only the input of each block for backward: less memory, a third more time.")
  var recompute = false

  @Option(name: .long, help: ArgumentHelp("Seed of everything random.", valueName: "n"))
  var seed: UInt64?

  /// Whether nothing was given.
  var isEmpty: Bool {
    [epochs, batchSize, microBatch].allSatisfy { $0 == nil } && seed == nil && !recompute
      && [learningRate, weightDecay, dropPath].allSatisfy { $0 == nil }
  }

  /// The recipe with what was given in its place.
  func applied(to recipe: FineTuningSettings) -> FineTuningSettings {
    var settings = recipe
    if let epochs { settings.epochs = epochs }
    if let batchSize { settings.batchSize = batchSize }
    if let learningRate { settings.learningRate = learningRate }
    if let weightDecay { settings.weightDecay = weightDecay }
    if let dropPath { settings.dropPath = dropPath }
    settings.microBatch = microBatch
    settings.recompute = recompute
    return settings
  }
}
