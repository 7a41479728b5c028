/// What a batch costs: cross entropy, and terms that hold a model to a teacher or to where it began.
public struct ObjectiveSettings: Codable, Sendable, Equatable {
  public var name: ObjectiveName
  /// Of `contrastive`: which captions of a batch are an image's.
  public var positives: Positives
  /// Share of every label that is spread over all classes.
  public var labelSmoothing: Float
  /// CLIPood's: how much of its class's text embedding is taken from an image's (Shu et al. 2023); 0 takes nothing.
  public var margin: Float
  /// L2-SP's strength: half of it times the squared distance of what trains to where it began (Li et al. 2018).
  public var l2Sp: Float
  /// What cross entropy to the teacher's probabilities is multiplied by (Hinton et al. 2015).
  public var distillLogits: Float
  /// What both logits are divided by there; the term grows by its square.
  public var temperature: Float
  /// What the mean squared distance to the teacher's embeddings is multiplied by.
  public var distillFeatures: Float

  public init(
    name: ObjectiveName = .crossEntropy, positives: Positives = .own, labelSmoothing: Float = 0,
    margin: Float = 0, l2Sp: Float = 0,
    distillLogits: Float = 0, temperature: Float = 1, distillFeatures: Float = 0
  ) {
    self.name = name
    self.positives = positives
    self.labelSmoothing = labelSmoothing
    self.margin = margin
    self.l2Sp = l2Sp
    self.distillLogits = distillLogits
    self.temperature = temperature
    self.distillFeatures = distillFeatures
  }

  public enum Positives: String, Codable, Sendable, CaseIterable {
    /// Its own caption only, as FLYP's code has it: the same class twice in a batch counts as two.
    case own
    /// All captions of its class, in equal parts.
    case sameClass = "class"
  }

  /// Whether a teacher is asked.
  public var needsTeacher: Bool { distillLogits > 0 || distillFeatures > 0 }
}

/// The objectives, by name.
public enum ObjectiveName: String, Codable, Sendable, CaseIterable {
  case crossEntropy = "cross_entropy"
  /// Images against captions of their classes, as CLIP is pre-trained (FLYP, Goyal et al. 2023).
  case contrastive
}

/// Who a model is held to.
public struct TeacherSettings: Codable, Sendable, Equatable {
  public var name: TeacherName

  public init(name: TeacherName = .start) { self.name = name }
}

/// The teachers, by name.
public enum TeacherName: String, Codable, Sendable, CaseIterable {
  /// The model as it was before fine-tuning.
  case start
  /// The average of the weights so far, as `averaging` says.
  case average
}
