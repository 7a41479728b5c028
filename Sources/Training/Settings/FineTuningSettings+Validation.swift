import ImageCodec

extension FineTuningSettings {
  /// Throws unless training with these settings can work.
  public func validate(images: Int) throws(TrainingError) {
    // A probe is trained already.
    guard schedule.epochs > 0 || (schedule.epochs == 0 && head.start == .probe) else {
      throw .badValue("schedule.epochs", "is \(schedule.epochs); give at least 1")
    }
    try validateObjective()
    guard schedule.epochs <= Self.mostEpochs else {
      throw .badValue("schedule.epochs", "is \(schedule.epochs); give at most \(Self.mostEpochs)")
    }
    for (key, size) in [("batch.size", batch.size), ("batch.micro", batch.micro ?? 1)]
    where !(1...Self.largestBatch).contains(size) {
      throw .badValue(key, "is \(size); give 1 to \(Self.largestBatch)")
    }
    try validateOptimizer()
    guard (0..<1).contains(dropPath) else {
      throw .badValue("drop_path", "is \(dropPath); give 0 to below 1")
    }
    guard images > 0 else { throw .badSetting("There are no images to train on.") }
    try validateWarmup()
    try augmentation?.validate()
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
      throw .badValue("objective.\(name)", "is \(value); give 0 or more")
    }
    try validateContrastive()
    guard (0..<1).contains(objective.labelSmoothing) else {
      throw .badValue("objective.label_smoothing", "is \(objective.labelSmoothing); give 0 to below 1")
    }
    guard objective.temperature > 0, objective.temperature.isFinite else {
      throw .badValue("objective.temperature", "is \(objective.temperature); give a number above 0")
    }
    for (name, value) in [
      ("random_texts", objective.randomTexts), ("random_text_length", objective.randomTextLength),
    ] where !(1...Self.largestBatch).contains(value) {
      throw .badValue("objective.\(name)", "is \(value); give 1 to \(Self.largestBatch)")
    }
    guard averaging.ema == nil || averaging.beta == nil else {
      throw .badValue(
        keys: ["averaging.beta", "averaging.ema"],
        "is a second average beside averaging.ema; give one of them")
    }
    guard averaging.ema.map({ (0..<1).contains($0) }) ?? true else {
      throw .badValue("averaging.ema", "is \(averaging.ema ?? 0); give 0 to below 1")
    }
    for (name, share) in [
      ("ema_start", averaging.emaStart ?? 0), ("ema_warmup_share", averaging.emaWarmupShare),
    ]
    where !(0...1).contains(share) {
      throw .badValue("averaging.\(name)", "is \(share); give 0 to 1")
    }
    guard averaging.every > 0 else {
      throw .badValue("averaging.every", "is \(averaging.every); give at least 1")
    }
    guard averaging.beta.map({ $0 > 0 && $0 <= 100 }) ?? true else {
      throw .badValue("averaging.beta", "is \(averaging.beta ?? 0); give a number above 0, up to 100")
    }
    guard teacher.name != .average || !averaging.isOff || !objective.needsTeacher else {
      throw .badValue(
        "teacher.name", "is average, and no average is made; give averaging.ema or averaging.beta")
    }
    guard selection.patience.map({ $0 > 0 }) ?? true else {
      throw .badValue("selection.patience", "is \(selection.patience ?? 0); give at least 1")
    }
  }

  private func validateContrastive() throws(TrainingError) {
    guard objective.name == .contrastive else {
      let unused: [(String, Bool)] = [
        ("positives", objective.positives != .own), ("logit_scale", objective.logitScale != .frozen),
        ("negative_margin", objective.negativeMargin > 0),
      ]
      if let first = unused.first(where: \.1) {
        throw .badValue(
          "objective.\(first.0)", "has no effect here: it is of the objective contrastive; leave it away")
      }
      return
    }
    guard batch.micro.map({ $0 >= batch.size }) ?? true else {
      throw .badValue(
        keys: ["batch.micro", "objective.name"],
        "is \(batch.micro ?? 0), and the objective contrastive compares all images of a batch, which cannot be taken in "
          + "parts; leave it away (--set batch.micro=none), and save memory with --recompute")
    }
    guard batch.size > 1 else {
      throw .badValue(
        keys: ["batch.size", "objective.name"],
        "is 1, and the objective contrastive tells the images of a batch apart; give at least 2")
    }
    let unused: [(String, Bool)] = [
      ("objective.margin", objective.margin > 0),
      ("augmentation.mixup", augmentation.map { $0.mixup > 0 } ?? false),
      ("augmentation.cutmix", augmentation.map { $0.cutmix > 0 } ?? false),
      ("head.start", head.start != .zeroShot), ("head.frozen", head.frozen),
    ]
    if let first = unused.first(where: \.1) {
      throw .badValue(
        keys: [first.0, "objective.name"], "has no effect with the objective contrastive; leave it away")
    }
  }

  private func validateOptimizer() throws(TrainingError) {
    let lr = optimizer.lr
    guard lr > 0, lr.isFinite else { throw .badValue("optimizer.lr", "is \(lr); give a number above 0") }
    for (key, rate) in [
      ("schedule.floor", schedule.floor), ("schedule.warmup_start", schedule.warmupStart),
    ] where !(0...lr).contains(rate) {
      throw .badValue(keys: [key, "optimizer.lr"], "is \(rate); give 0 to the learning rate, \(lr)")
    }
    guard optimizer.weightDecay >= 0, optimizer.weightDecay.isFinite else {
      throw .badValue("optimizer.weight_decay", "is \(optimizer.weightDecay); give 0 or more")
    }
    guard optimizer.clipNorm.map({ $0 > 0 }) ?? true else {
      throw .badValue(
        "optimizer.clip_norm",
        "is \(optimizer.clipNorm ?? 0); give a number above 0, or none, which clips nothing")
    }
    for (name, value) in [
      ("beta1", optimizer.beta1), ("beta2", optimizer.beta2), ("momentum", optimizer.momentum),
    ] where !(0..<1).contains(value) {
      throw .badValue("optimizer.\(name)", "is \(value); give 0 to below 1")
    }
    guard optimizer.epsilon > 0, optimizer.epsilon.isFinite else {
      throw .badValue("optimizer.epsilon", "is \(optimizer.epsilon); give a number above 0")
    }
    guard optimizer.layerDecay > 0, optimizer.layerDecay <= 1 else {
      throw .badValue("optimizer.layer_decay", "is \(optimizer.layerDecay); give a number above 0, up to 1")
    }
    guard optimizer.headLr.map({ $0 >= 0 && $0.isFinite }) ?? true else {
      throw .badValue("optimizer.head_lr", "is \(optimizer.headLr ?? 0); give 0 or more")
    }
    for (index, group) in optimizer.groups.enumerated() {
      for (name, value) in [("lr", group.lr), ("weight_decay", group.weightDecay)] {
        guard let value else { continue }
        let key = "optimizer.groups.\(index).\(name)"
        guard value >= 0, value.isFinite else { throw .badValue(key, "is \(value); give 0 or more") }
      }
    }
  }

  private func validateWarmup() throws(TrainingError) {
    let mostSteps = Self.mostEpochs * Self.largestBatch
    if let steps = schedule.warmupSteps, !(0...mostSteps).contains(steps) {
      throw .badValue("schedule.warmup_steps", "is \(steps); give 0 to \(mostSteps)")
    }
    if let epochs = schedule.warmupEpochs, !(0...Float(Self.mostEpochs)).contains(epochs) {
      throw .badValue("schedule.warmup_epochs", "is \(epochs); give 0 to \(Self.mostEpochs)")
    }
    if let share = schedule.warmupShare, !(0...1).contains(share) {
      throw .badValue("schedule.warmup_share", "is \(share); give 0 to 1")
    }
  }

  /// What a user should know about settings that work, but not as their recipe means them.
  public func remarks(images: Int) -> [String] {
    let rates = learningRates(images: images)
    var remarks: [String] = []
    if rates.endsInWarmup {
      remarks.append(
        "the warm-up takes \(rates.warmupSteps) steps and training \(rates.totalSteps): the learning rate never "
          + "reaches \(optimizer.lr); give --warmup-share 0.1, or smaller batches")
    }
    if averaging.ema != nil, averaging.every > 1, averaging.every >= rates.totalSteps {
      remarks.append(
        "the average of the weights moves at every \(averaging.every)th step after the first, and training has "
          + "\(rates.totalSteps): it stays where the first step left it; give a smaller averaging.every")
    }
    if averaging.teacherOnly, !averaging.isOff, !objective.needsTeacher || teacher.name != .average {
      remarks.append(
        "an average of the weights is made only to teach, and nothing is learned from it; it changes nothing")
    }
    return remarks
  }
}
