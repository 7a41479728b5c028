import ImageCodec

extension FineTuningSettings {
  /// Throws unless training with these settings can work.
  public func validate(images: Int) throws(TrainingError) {
    // A probe is trained already.
    guard schedule.epochs > 0 || (schedule.epochs == 0 && head.start == .probe) else {
      throw .badSetting("--epochs is \(schedule.epochs); give at least 1.")
    }
    try validateObjective()
    guard schedule.epochs <= Self.mostEpochs else {
      throw .badSetting("--epochs is \(schedule.epochs); give at most \(Self.mostEpochs).")
    }
    guard max(batch.size, batch.micro ?? 0) <= Self.largestBatch else {
      throw .badSetting("A batch has at most \(Self.largestBatch) images; give a smaller --batch-size.")
    }
    guard batch.size > 0 else { throw .badSetting("--batch-size is \(batch.size); give at least 1.") }
    try validateOptimizer()
    guard (0..<1).contains(dropPath) else {
      throw .badSetting("--drop-path is \(dropPath); give 0 to below 1.")
    }
    guard batch.micro.map({ $0 > 0 }) ?? true else {
      throw .badSetting("--micro-batch is \(batch.micro ?? 0); give at least 1.")
    }
    guard images > 0 else { throw .badSetting("There are no images to train on.") }
    try validateWarmup(images: images)
    try validateAugmentation()
  }

  /// Far beyond any use, and small enough to count steps.
  private static let mostEpochs = 1_000_000
  private static let largestBatch = 1 << 24

  private func validateObjective() throws(TrainingError) {
    for (name, value) in [
      ("margin", objective.margin), ("l2_sp", objective.l2Sp), ("distill_logits", objective.distillLogits),
      ("distill_features", objective.distillFeatures), ("negative_margin", objective.negativeMargin),
      ("orthogonality", objective.orthogonality), ("projection_product", objective.projectionProduct),
      ("random_text_energy", objective.randomTextEnergy),
      ("context_divergence", objective.contextDivergence),
    ] where !(value >= 0 && value.isFinite) {
      throw .badSetting("objective.\(name) is \(value); give 0 or more.")
    }
    try validateContrastive()
    guard (0..<1).contains(objective.labelSmoothing) else {
      throw .badSetting("--label-smoothing is \(objective.labelSmoothing); give 0 to below 1.")
    }
    guard objective.temperature > 0, objective.temperature.isFinite else {
      throw .badSetting("objective.temperature is \(objective.temperature); give a number above 0.")
    }
    guard objective.randomTexts > 0, objective.randomTextLength > 0 else {
      throw .badSetting("objective.random_texts and objective.random_text_length are at least 1.")
    }
    guard averaging.ema == nil || averaging.beta == nil else {
      throw .badSetting("averaging.ema and averaging.beta are two averages; give one.")
    }
    guard averaging.ema.map({ (0..<1).contains($0) }) ?? true else {
      throw .badSetting("--ema is \(averaging.ema ?? 0); give 0 to below 1.")
    }
    guard averaging.emaStart.map({ (0...1).contains($0) && averaging.ema != nil }) ?? true else {
      throw .badSetting(
        "averaging.ema_start is \(averaging.emaStart ?? 0); give 0 to 1, and averaging.ema, which it begins.")
    }
    guard (0...1).contains(averaging.emaWarmupShare) else {
      throw .badSetting("averaging.ema_warmup_share is \(averaging.emaWarmupShare); give 0 to 1.")
    }
    guard averaging.every > 0 else {
      throw .badSetting("averaging.every is \(averaging.every); give at least 1 step.")
    }
    guard averaging.every == 1 || averaging.beta == nil else {
      throw .badSetting("averaging.beta weighs every step; leave averaging.every away.")
    }
    guard averaging.beta.map({ $0 > 0 && $0 <= 100 }) ?? true else {
      throw .badSetting("averaging.beta is \(averaging.beta ?? 0); give a number above 0, up to 100.")
    }
    guard teacher.name != .average || !averaging.isOff || !objective.needsTeacher else {
      throw .badSetting(
        "The teacher is an average of the weights, and none is made; give --ema or averaging.beta.")
    }
    guard selection.patience.map({ $0 > 0 }) ?? true else {
      throw .badSetting("--patience is \(selection.patience ?? 0); give at least 1.")
    }
  }

  private func validateContrastive() throws(TrainingError) {
    guard objective.name == .contrastive else {
      let unused: [(String, Bool)] = [
        ("positives", objective.positives != .own), ("logit_scale", objective.logitScale != .frozen),
        ("negative_margin", objective.negativeMargin > 0),
      ]
      if let first = unused.first(where: \.1) {
        throw .badSetting("objective.\(first.0) is of the objective contrastive; leave it away.")
      }
      return
    }
    guard batch.micro.map({ $0 >= batch.size }) ?? true else {
      throw .badSetting(
        "The objective contrastive compares all images of a batch, which cannot be taken in parts; leave --micro-batch "
          + "away (--set batch.micro=none), and save memory with --recompute.")
    }
    let unused: [(String, Bool)] = [
      ("objective.margin", objective.margin > 0),
      ("augmentation.mixup", augmentation.map { $0.mixup > 0 } ?? false),
      ("augmentation.cutmix", augmentation.map { $0.cutmix > 0 } ?? false),
      ("head.start", head.start != .zeroShot), ("head.frozen", head.frozen),
    ]
    if let first = unused.first(where: \.1) {
      throw .badSetting("\(first.0) has no effect with the objective contrastive; leave it away.")
    }
  }

  private func validateOptimizer() throws(TrainingError) {
    let lr = optimizer.lr
    guard lr > 0, lr.isFinite else { throw .badSetting("--lr is \(lr); give a number above 0.") }
    guard (0...lr).contains(schedule.floor) else {
      throw .badSetting("--lr-floor is \(schedule.floor); give 0 to the learning rate, \(lr).")
    }
    guard (0...lr).contains(schedule.warmupStart) else {
      throw .badSetting("--warmup-start is \(schedule.warmupStart); give 0 to the learning rate, \(lr).")
    }
    guard optimizer.weightDecay >= 0, optimizer.weightDecay.isFinite else {
      throw .badSetting("--weight-decay is \(optimizer.weightDecay); give 0 or more.")
    }
    guard optimizer.clipNorm.map({ $0 > 0 }) ?? true else {
      throw .badSetting(
        "--clip-norm is \(optimizer.clipNorm ?? 0); give a number above 0, or none, which clips nothing.")
    }
    for (name, value) in [
      ("beta1", optimizer.beta1), ("beta2", optimizer.beta2), ("momentum", optimizer.momentum),
    ] where !(0..<1).contains(value) {
      throw .badSetting("optimizer.\(name) is \(value); give 0 to below 1.")
    }
    guard optimizer.epsilon > 0, optimizer.epsilon.isFinite else {
      throw .badSetting("optimizer.epsilon is \(optimizer.epsilon); give a number above 0.")
    }
    guard optimizer.layerDecay > 0, optimizer.layerDecay <= 1 else {
      throw .badSetting("--layer-decay is \(optimizer.layerDecay); give a number above 0, up to 1.")
    }
    guard optimizer.headLr.map({ $0 >= 0 && $0.isFinite }) ?? true else {
      throw .badSetting("--head-lr is \(optimizer.headLr ?? 0); give 0 or more.")
    }
    for group in optimizer.groups {
      let numbers = [group.lr, group.weightDecay].compactMap { $0 }
      guard numbers.allSatisfy({ $0 >= 0 && $0.isFinite }) else {
        throw .badSetting("The group \(group.pattern) has a rate or decay below 0; give 0 or more.")
      }
    }
  }

  private func validateWarmup(images: Int) throws(TrainingError) {
    guard (schedule.warmupSteps ?? 0) <= Self.mostEpochs * Self.largestBatch,
      (schedule.warmupEpochs ?? 0) <= Float(Self.mostEpochs)
    else { throw .badSetting("The warm-up is longer than any training; give a shorter one.") }
    guard schedule.warmupSteps.map({ $0 >= 0 }) ?? true else {
      throw .badSetting("--warmup-steps is \(schedule.warmupSteps ?? 0); give 0 or more.")
    }
    guard schedule.warmupEpochs.map({ $0 >= 0 && $0.isFinite }) ?? true else {
      throw .badSetting("--warmup-epochs is \(schedule.warmupEpochs ?? 0); give 0 or more.")
    }
    guard schedule.warmupShare.map({ (0...1).contains($0) }) ?? true else {
      throw .badSetting("--warmup-share is \(schedule.warmupShare ?? 0); give 0 to 1.")
    }
  }

  private func validateAugmentation() throws(TrainingError) {
    guard let augmentation else { return }
    let image = augmentation.image
    guard image.scale.lowerBound > 0, image.scale.upperBound <= 1 else {
      throw .badSetting("The part of an image that is kept must lie between 0 and 1 (--augment crop=0.9-1).")
    }
    guard image.ratio.lowerBound > 0, image.ratio.upperBound.isFinite else {
      throw .badSetting("Shapes of parts of images must be above 0 (--augment ratio=0.75-1.33).")
    }
    if let rand = image.randAugment {
      guard (0...16).contains(rand.operations), (0...10).contains(rand.magnitude), rand.deviation >= 0 else {
        throw .badSetting("RandAugment's magnitude lies between 0 and 10 (--augment rand=9).")
      }
    }
    if let erasing = image.erasing, !(0...1).contains(erasing.probability) {
      throw .badSetting(
        "The share of images that are erased in part lies between 0 and 1 (--augment erase=0.25).")
    }
  }

  /// What a user should know about settings that work, but not as their recipe means them.
  public func remarks(images: Int) -> [String] {
    let rates = learningRates(images: images)
    guard rates.endsInWarmup else { return [] }
    return [
      "the warm-up takes \(rates.warmupSteps) steps and training \(rates.totalSteps): the learning rate never "
        + "reaches \(optimizer.lr); give --warmup-share 0.1, or smaller batches"
    ]
  }
}
