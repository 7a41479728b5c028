/// Paths of the settings that somebody asked for.
public struct AskedSettings: Sendable, Equatable {
  /// On the command line.
  public var flags: Set<String>
  /// In a file.
  public var files: Set<String>
  /// What a file said, and a flag says otherwise.
  public var varied: Set<String>

  public init(flags: Set<String> = [], files: Set<String> = [], varied: Set<String> = []) {
    self.flags = flags
    self.files = files
    self.varied = varied
  }
}

/// A setting that nothing would come of, and why. Asked for, it is refused; as a default, it may stay.
public struct InertSetting: Sendable, Equatable {
  /// `optimizer.momentum`, or a part of the specification with all that lies below it: `optimizer`.
  public let key: String
  /// The settings that make it so.
  public let causes: [String]
  /// To follow a colon.
  public let reason: String

  public init(_ key: String, by causes: [String], _ reason: String) {
    self.key = key
    self.causes = causes
    self.reason = reason
  }

  private func covers(_ path: String) -> Bool {
    (path == key || path.hasPrefix(key + ".")) && !causes.contains(path)
  }

  /// Throws for the first that somebody asked for. What a file asks for may come to nothing by a flag that varies the file:
  /// nobody has to edit it for that.
  public static func refuse(_ inert: [InertSetting], asked: AskedSettings) throws(TrainingError) {
    for setting in inert {
      let isVaried = setting.causes.contains { cause in
        asked.varied.contains { $0 == cause || $0.hasPrefix(cause + ".") }
      }
      let paths = isVaried ? asked.flags : asked.flags.union(asked.files)
      guard let path = paths.filter(setting.covers).min() else { continue }
      throw .badValue(path, "has no effect here: \(setting.reason); leave it away")
    }
  }
}

extension FineTuningSettings {
  /// What nothing comes of, as the other settings are.
  public var inert: [InertSetting] {
    guard schedule.epochs > 0 else {
      return Self.steps(by: ["schedule.epochs"], "schedule.epochs is 0, so that no step is made")
    }
    return inertObjective + inertAverages + inertOptimizer + inertSchedule + inertAugmentation
  }

  /// All that says how steps are made, where none is.
  public static func steps(by causes: [String], _ reason: String) -> [InertSetting] {
    [
      "optimizer", "schedule", "batch", "augmentation", "drop_path", "averaging", "selection", "objective",
      "teacher", "seeds.order",
    ].map { InertSetting($0, by: causes, reason) }
  }

  private var inertObjective: [InertSetting] {
    var found: [InertSetting] = []
    if !objective.needsTeacher {
      found.append(
        InertSetting(
          "teacher", by: ["objective.distill_logits", "objective.distill_features"],
          "nothing is learned from a teacher without objective.distill_logits or distill_features")
      )
    }
    if objective.distillLogits == 0 {
      found.append(
        InertSetting(
          "objective.temperature", by: ["objective.distill_logits"],
          "it is of objective.distill_logits, which is 0"))
    }
    if objective.randomTextEnergy == 0 {
      found += ["random_texts", "random_text_length"].map {
        InertSetting(
          "objective.\($0)", by: ["objective.random_text_energy"],
          "it is of objective.random_text_energy, which is 0")
      }
    }
    return found
  }

  private var inertAverages: [InertSetting] {
    func inert(_ key: String, by causes: [String], _ reason: String) -> InertSetting {
      InertSetting("averaging.\(key)", by: causes.map { "averaging.\($0)" }, reason)
    }
    let pace = ["ema_start", "ema_warmup_share", "every"]
    guard !averaging.isOff else {
      return (pace + ["teacher_only"]).map {
        inert($0, by: ["ema", "beta"], "no average is made without averaging.ema or averaging.beta")
      }
    }
    var found: [InertSetting] = []
    if averaging.teacherOnly, !objective.needsTeacher || teacher.name != .average {
      found.append(
        InertSetting(
          "averaging.teacher_only",
          by: ["teacher.name", "objective.distill_logits", "objective.distill_features"],
          "nothing is learned from the average, so that it would be for nothing"))
    }
    if averaging.beta != nil {
      found += pace.map { inert($0, by: ["beta"], "averaging.beta weighs every step") }
    } else if averaging.emaStart == nil {
      found.append(inert("ema_warmup_share", by: ["ema_start"], "it is of averaging.ema_start"))
    } else if averaging.emaWarmupShare == 0 {
      found.append(
        inert(
          "ema_start", by: ["ema_warmup_share"], "averaging.ema_warmup_share is 0, so that it is never used"))
    }
    return found
  }

  private var inertOptimizer: [InertSetting] {
    var found =
      switch optimizer.name {
      case .adamW, .adamSPD:
        [
          InertSetting(
            "optimizer.momentum", by: ["optimizer.name"],
            "it is of sgd, and optimizer.name is \(optimizer.name.rawValue)")
        ]
      case .sgd:
        ["beta1", "beta2", "epsilon"].map {
          InertSetting(
            "optimizer.\($0)", by: ["optimizer.name"], "it is of adamw and adamspd, and optimizer.name is sgd"
          )
        }
      }
    if optimizer.weightDecay == 0 {
      found.append(
        InertSetting(
          "optimizer.decay", by: ["optimizer.weight_decay"],
          "optimizer.weight_decay is 0, so that nothing decays"))
    }
    for (index, group) in optimizer.groups.enumerated() where group.frozen {
      found += ["lr", "weight_decay"].map {
        InertSetting("optimizer.groups.\(index).\($0)", by: [], "what fits \(group.pattern) is frozen")
      }
    }
    return found
  }

  private var inertSchedule: [InertSetting] {
    var found: [InertSetting] = []
    if schedule.name == .constant {
      found.append(
        InertSetting(
          "schedule.floor", by: ["schedule.name"], "schedule.name is constant: the rate never falls"))
    }
    let warmups = [schedule.warmupSteps.map(Float.init), schedule.warmupEpochs, schedule.warmupShare]
    if warmups.allSatisfy({ $0 ?? 0 == 0 }) {
      found.append(
        InertSetting(
          "schedule.warmup_start",
          by: ["schedule.warmup_steps", "schedule.warmup_epochs", "schedule.warmup_share"],
          "there is no warm-up"))
    }
    return found
  }

  private var inertAugmentation: [InertSetting] {
    guard let augmentation else { return [] }
    var found: [InertSetting] = []
    if augmentation.image.paddedCrop != nil {
      for key in ["crop", "ratio"] {
        found.append(
          InertSetting(
            "augmentation.\(key)", by: ["augmentation.padding"],
            "augmentation.padding takes the place of parts of random size"))
      }
    }
    if augmentation.mixup == 0, augmentation.cutmix == 0 {
      found.append(
        InertSetting(
          "augmentation.mix_probability", by: ["augmentation.mixup", "augmentation.cutmix"],
          "augmentation.mixup and cutmix are 0: nothing is mixed"))
    }
    if augmentation.mixup == 0 || augmentation.cutmix == 0 {
      found.append(
        InertSetting(
          "augmentation.mix_switch", by: ["augmentation.mixup", "augmentation.cutmix"],
          "it chooses between augmentation.mixup and cutmix, of which one is 0"))
    }
    return found
  }
}
