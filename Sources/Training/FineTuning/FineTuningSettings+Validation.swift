import ImageCodec

extension FineTuningSettings {
  /// Throws unless training with these settings can work.
  public func validate(images: Int) throws(TrainingError) {
    guard epochs > 0 else { throw .badSetting("--epochs is \(epochs); give at least 1.") }
    guard batchSize > 0 else { throw .badSetting("--batch-size is \(batchSize); give at least 1.") }
    guard learningRate > 0, learningRate.isFinite else {
      throw .badSetting("--lr is \(learningRate); give a number above 0.")
    }
    guard (0...learningRate).contains(floor) else {
      throw .badSetting("--lr-floor is \(floor); give 0 to the learning rate, \(learningRate).")
    }
    guard (0...learningRate).contains(warmupStart) else {
      throw .badSetting("--warmup-start is \(warmupStart); give 0 to the learning rate, \(learningRate).")
    }
    guard weightDecay >= 0, weightDecay.isFinite else {
      throw .badSetting("--weight-decay is \(weightDecay); give 0 or more.")
    }
    guard clipNorm.map({ $0 > 0 }) ?? true else {
      throw .badSetting(
        "--clip-norm is \(clipNorm ?? 0); give a number above 0, or none, which clips nothing.")
    }
    guard (0..<1).contains(dropPath) else {
      throw .badSetting("--drop-path is \(dropPath); give 0 to below 1.")
    }
    guard microBatch.map({ $0 > 0 }) ?? true else {
      throw .badSetting("--micro-batch is \(microBatch ?? 0); give at least 1.")
    }
    guard images > 0 else { throw .badSetting("There are no images to train on.") }
    try validateWarmup(images: images)
    try validateAugmentation()
  }

  private func validateWarmup(images: Int) throws(TrainingError) {
    guard warmupSteps.map({ $0 >= 0 }) ?? true else {
      throw .badSetting("--warmup-steps is \(warmupSteps ?? 0); give 0 or more.")
    }
    guard warmupEpochs.map({ $0 >= 0 && $0.isFinite }) ?? true else {
      throw .badSetting("--warmup-epochs is \(warmupEpochs ?? 0); give 0 or more.")
    }
    guard warmupShare.map({ (0...1).contains($0) }) ?? true else {
      throw .badSetting("--warmup-share is \(warmupShare ?? 0); give 0 to 1.")
    }
  }

  private func validateAugmentation() throws(TrainingError) {
    guard let augmentation else { return }
    guard augmentation.scale.lowerBound > 0, augmentation.scale.upperBound <= 1 else {
      throw .badSetting("The part of an image that is kept must lie between 0 and 1 (--augment crop=0.9-1).")
    }
    guard augmentation.ratio.lowerBound > 0, augmentation.ratio.upperBound.isFinite else {
      throw .badSetting("Shapes of parts of images must be above 0 (--augment ratio=0.75-1.33).")
    }
    if let rand = augmentation.randAugment {
      guard (0...16).contains(rand.operations), (0...10).contains(rand.magnitude), rand.deviation >= 0 else {
        throw .badSetting("RandAugment's magnitude lies between 0 and 10 (--augment rand=9).")
      }
    }
    if let erasing = augmentation.erasing, !(0...1).contains(erasing.probability) {
      throw .badSetting(
        "The share of images that are erased in part lies between 0 and 1 (--augment erase=0.25).")
    }
  }

  /// What a user should know about settings that work, but not as their recipe means them.
  public func remarks(images: Int) -> [String] {
    let schedule = schedule(images: images)
    guard schedule.endsInWarmup else { return [] }
    return [
      "the warm-up takes \(schedule.warmupSteps) steps and training \(schedule.totalSteps): the learning rate never "
        + "reaches \(learningRate); give --warmup-share 0.1, or smaller batches"
    ]
  }
}
