/// A setting that nothing would come of, and why. Asked for, it is refused; as a default, it may stay.
public struct InertSetting: Sendable, Equatable {
  /// `optimizer.momentum`, or a part of the specification with all that lies below it: `optimizer`.
  public let key: String
  /// To follow a colon.
  public let reason: String
  /// What below the key has an effect.
  private let active: Set<String>

  public init(_ key: String, _ reason: String, but active: Set<String> = []) {
    self.key = key
    self.reason = reason
    self.active = active
  }

  private func covers(_ path: String) -> Bool {
    (path == key || path.hasPrefix(key + ".")) && !active.contains(path)
  }

  /// Throws for the first that somebody asked for, by its path.
  public static func refuse(_ inert: [InertSetting], asked: Set<String>) throws(TrainingError) {
    for setting in inert {
      guard let path = asked.filter(setting.covers).min() else { continue }
      throw .badValue(path, "has no effect here: \(setting.reason); leave it away")
    }
  }
}

extension FineTuningSettings {
  /// What nothing comes of, as the other settings are.
  public var inert: [InertSetting] {
    guard schedule.epochs > 0 else {
      return Self.steps(because: "schedule.epochs is 0, so that no step is made", but: ["schedule.epochs"])
    }
    return inertObjective + inertOptimizer + inertSchedule + inertAugmentation
  }

  /// All that says how steps are made, where none is.
  public static func steps(because reason: String, but active: Set<String> = []) -> [InertSetting] {
    [
      "optimizer", "schedule", "batch", "augmentation", "drop_path", "averaging", "selection", "objective",
      "teacher", "seeds.order",
    ].map { InertSetting($0, reason, but: active) }
  }

  private var inertObjective: [InertSetting] {
    var found: [InertSetting] = []
    if !objective.needsTeacher {
      found.append(
        InertSetting(
          "teacher", "nothing is learned from a teacher without objective.distill_logits or distill_features")
      )
    }
    if objective.distillLogits == 0 {
      found.append(InertSetting("objective.temperature", "it is of objective.distill_logits, which is 0"))
    }
    return found
  }

  private var inertOptimizer: [InertSetting] {
    var found =
      switch optimizer.name {
      case .adamW: [InertSetting("optimizer.momentum", "it is of sgd, and optimizer.name is adamw")]
      case .sgd:
        ["beta1", "beta2", "epsilon"].map {
          InertSetting("optimizer.\($0)", "it is of adamw, and optimizer.name is sgd")
        }
      }
    if optimizer.weightDecay == 0 {
      found.append(InertSetting("optimizer.decay", "optimizer.weight_decay is 0, so that nothing decays"))
    }
    return found
  }

  private var inertSchedule: [InertSetting] {
    var found: [InertSetting] = []
    if schedule.name == .constant {
      found.append(InertSetting("schedule.floor", "schedule.name is constant: the rate never falls"))
    }
    let warmups = [schedule.warmupSteps.map(Float.init), schedule.warmupEpochs, schedule.warmupShare]
    if warmups.allSatisfy({ $0 ?? 0 == 0 }) {
      found.append(InertSetting("schedule.warmup_start", "there is no warm-up"))
    }
    return found
  }

  private var inertAugmentation: [InertSetting] {
    guard let augmentation else { return [] }
    var found: [InertSetting] = []
    if augmentation.image.paddedCrop != nil {
      for key in ["crop", "ratio"] {
        found.append(
          InertSetting("augmentation.\(key)", "augmentation.padding takes the place of parts of random size"))
      }
    }
    if augmentation.mixup == 0, augmentation.cutmix == 0 {
      found.append(
        InertSetting("augmentation.mix_probability", "augmentation.mixup and cutmix are 0: nothing is mixed"))
    }
    if augmentation.mixup == 0 || augmentation.cutmix == 0 {
      found.append(
        InertSetting(
          "augmentation.mix_switch", "it chooses between augmentation.mixup and cutmix, of which one is 0"))
    }
    return found
  }
}
